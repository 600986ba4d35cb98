# Lets RMW_IMPLEMENTATION=rmw_plib choose plib where rcl itself cannot choose; see plib_select.c.
ament_prepend_unique_value LD_PRELOAD "$AMENT_CURRENT_PREFIX/lib/libplib_select.so"
