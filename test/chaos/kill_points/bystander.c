/* The bystander: a third process that goes on, whatever becomes of the victim. */
#include <stdio.h>
#include <string.h>

#include "operation.h"
#include "sample.h"

struct bystander {
    struct plib_participant *participant;
    struct plib_reader *up;
    struct plib_reader *down;
    struct plib_writer *echo;
    uint64_t last;  /* number of the victim's last sample */
    uint64_t wrong; /* samples, of the victim and of the witness */
    uint64_t echoed;
    bool filters;
    bool matched; /* with the victim's writer */
};

static void take_up(struct bystander *bystander)
{
    struct plib_sample sample;

    while (sample_take(bystander->up, &sample) == 0) {
        if (!sample_is_whole(&sample) ||
            !sample_follows(&sample, bystander->last, bystander->filters))
            bystander->wrong++;
        bystander->last = sample.sequence;
        plib_reader_release(bystander->up, &sample);
    }
}

static void tell(struct bystander *bystander, uint64_t answers)
{
    const struct plib_sample_info info = {.length = sizeof(struct sample)};
    struct plib_loan loan;
    struct sample *sample;

    must(plib_writer_loan(bystander->echo, sizeof(*sample), &loan), "loan an echo");
    sample = loan.data;
    *sample = (struct sample){.number = ++bystander->echoed,
                              .answers = answers,
                              .matched = bystander->matched,
                              .last = bystander->last,
                              .wrong = bystander->wrong};
    sample_seal(sample);
    must(plib_writer_commit(bystander->echo, &loan, &info, NULL), "echo");
}

/* Take what the victim published, and tell when its writer has come or gone. */
static void look_at_victim(struct bystander *bystander)
{
    bool matched = plib_reader_matched(bystander->up) > 0;

    take_up(bystander);
    if (matched == bystander->matched)
        return;
    bystander->matched = matched;
    tell(bystander, 0);
}

static void answer(struct bystander *bystander, enum ask ask, uint64_t number)
{
    /* What plibd told before the witness asked counts, and so does what the victim published. */
    (void)plib_participant_poll(bystander->participant);
    look_at_victim(bystander);
    tell(bystander, number);
    if (ask == ASK_FORGET) {
        bystander->last = 0;
        bystander->wrong = 0;
    }
}

static void take_down(struct bystander *bystander)
{
    struct plib_sample sample;

    while (sample_take(bystander->down, &sample) == 0) {
        enum ask ask = (enum ask)((const struct sample *)sample.data)->ask;
        uint64_t number = sample.sequence;

        if (!sample_is_whole(&sample) || sample.lost != 0)
            bystander->wrong++;
        plib_reader_release(bystander->down, &sample);
        if (ask != ASK_NOTHING)
            answer(bystander, ask, number);
    }
}

void bystander_main(const struct operation *operation)
{
    const struct plib_participant_options options = {0};
    struct plib_endpoint_options up =
        endpoint_of(PLIB_KIND_SUBSCRIPTION, TOPIC_UP, operation->depth);
    const struct plib_endpoint_options down = endpoint_of(PLIB_KIND_SUBSCRIPTION, TOPIC_DOWN, 0);
    const struct plib_endpoint_options echo = endpoint_of(PLIB_KIND_PUBLISHER, TOPIC_ECHO, 0);
    struct bystander bystander = {.filters = operation_filters_up(operation)};
    struct plib_wait_item items[3];
    struct plib_status status;

    if (bystander.filters)
        up.filter = sample_is_wanted;
    must(plib_participant_create(&options, &bystander.participant), "join");
    must(plib_writer_create(bystander.participant, &echo, &bystander.echo), "echo");
    must(plib_reader_create(bystander.participant, &up, &bystander.up), "up");
    must(plib_reader_create(bystander.participant, &down, &bystander.down), "down");
    items[0] = (struct plib_wait_item){.kind = PLIB_WAIT_READER, .object = bystander.up};
    items[1] = (struct plib_wait_item){.kind = PLIB_WAIT_READER, .object = bystander.down};
    items[2] = (struct plib_wait_item){
        .kind = PLIB_WAIT_READER_EVENT, .object = bystander.up, .event = PLIB_EVENT_MATCHED};
    for (;;) {
        must(plib_wait(bystander.participant, items, 3, INT64_MAX), "wait");
        must(plib_reader_status(bystander.up, PLIB_EVENT_MATCHED, &status), "status");
        items[2].seen = status.changes;
        look_at_victim(&bystander);
        take_down(&bystander);
    }
}
