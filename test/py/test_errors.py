import errno

import pytest

import plib_py
from plib_py.errors import check, from_code


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ECONNREFUSED, plib_py.DaemonUnavailable),
        (errno.EACCES, plib_py.PermissionDenied),
        (errno.EPROTO, plib_py.ProtocolMismatch),
        (errno.EMSGSIZE, plib_py.MessageTooLarge),
        (errno.EDQUOT, plib_py.QuotaExceeded),
        (errno.EINVAL, plib_py.InvalidArgument),
        (errno.EBUSY, plib_py.Busy),
        (errno.EIO, plib_py.Error),
    ],
)
def test_an_error_number_becomes_an_exception(number: int, kind: type[plib_py.Error]) -> None:
    error = from_code(-number, "cannot do it")
    assert type(error) is kind
    assert error.errno == number
    assert str(error).startswith("cannot do it: ")


def test_success_raises_nothing() -> None:
    check(0, "cannot happen")


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (plib_py.Timeout, TimeoutError),
        (plib_py.PermissionDenied, PermissionError),
        (plib_py.DaemonUnavailable, ConnectionError),
        (plib_py.InvalidArgument, ValueError),
    ],
)
def test_builtin_exceptions_catch_their_counterparts(
    kind: type[plib_py.Error], builtin: type[Exception]
) -> None:
    with pytest.raises(builtin, match="the text"):
        raise kind("the text", 5)


def test_the_c_librarys_text_is_told(no_plibd: str) -> None:
    too_long = no_plibd + "x" * 200
    with pytest.raises(plib_py.InvalidArgument, match="path of plibd's socket is too long"):
        plib_py.Participant("node", socket=too_long)
