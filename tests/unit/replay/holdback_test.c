/* The count of what the query has not read, against a plain model of the embedded cluster's partition. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "kafka/embedded.h"
#include "replay/holdback.h"

#include <stdlib.h>

static void it_stops_at_four_mebibytes_and_goes_on_when_they_are_read(void **state)
{
    struct holdback *h = holdback_new(2);
    int64_t sent = 0;
    while (holdback_allows(h, 1, UNKNOWN, 420)) {
        holdback_sent(h, 1, 420);
        sent++;
    }
    assert_in_range(sent, HOLDBACK_BYTES / 510 - 1, HOLDBACK_BYTES / 510);
    assert_true(holdback_allows(h, 0, UNKNOWN, 420));
    assert_false(holdback_allows(h, 1, 0, 420));
    assert_int_equal(holdback_unread_messages(h, 1, 0), sent);
    assert_true(holdback_allows(h, 1, sent / 2, 420));
    assert_int_equal(holdback_unread_bytes(h, 1, sent), 0);
    /* The query goes back to the start, as a changed one does. */
    assert_false(holdback_allows(h, 1, 0, 420));
    holdback_free(h);
}

static void it_stops_at_the_number_of_messages_too(void **state)
{
    struct holdback *h = holdback_new(1);
    int64_t sent = 0;
    /* Nothing is smaller than its overhead, so bytes are the limit that is met first... */
    while (holdback_allows(h, 0, 0, 0)) {
        holdback_sent(h, 0, 0);
        sent++;
    }
    assert_in_range(sent, HOLDBACK_BYTES / HOLDBACK_OVERHEAD - 1, HOLDBACK_MESSAGES);
    holdback_free(h);
}

static void a_single_huge_message_is_not_stuck_for_ever(void **state)
{
    struct holdback *h = holdback_new(1);
    assert_true(holdback_allows(h, 0, UNKNOWN, 100 * 1024 * 1024));
    holdback_sent(h, 0, 100 * 1024 * 1024);
    assert_false(holdback_allows(h, 0, 0, 1));
    assert_true(holdback_allows(h, 0, 1, 1));
    for (int64_t i = 1; i < 200; i++) {
        assert_true(holdback_allows(h, 0, i, 1024 * 1024));
        holdback_sent(h, 0, 1024 * 1024);
    }
    holdback_free(h);
}

static void lost_messages_do_not_stop_it(void **state)
{
    struct holdback *h = holdback_new(1);
    for (int i = 0; i < 1000; i++)
        holdback_sent(h, 0, 4000);
    for (int i = 0; i < 1000; i++)
        holdback_lost(h, 0);
    assert_int_equal(holdback_unread_messages(h, 0, 0), 0);
    holdback_free(h);
}

/* The partition as the library's mock keeps it, with messages in sets of one: the worst case. */
static void nothing_unread_is_ever_trimmed_in_a_model_of_the_partition(void **state)
{
    enum { MESSAGES = 300000 };
    uint32_t *size = xcalloc(MESSAGES, sizeof *size);
    uint64_t dice = 5;
    struct holdback *h = holdback_new(1);
    int64_t sent = 0, read = 0, first_kept = 0, kept_bytes = 0;
    while (sent < MESSAGES) {
        dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint32_t roll = (uint32_t)(dice >> 33);
        if (roll % 3 == 0 && read < sent) {
            read += 1 + (int64_t)(roll / 3) % (sent - read);
            continue;
        }
        uint32_t bytes = roll % 100 == 1 ? 200000 : roll % 900;
        if (!holdback_allows(h, 0, read ? read : UNKNOWN, bytes)) {
            read += (sent - read + 1) / 2;
            continue;
        }
        holdback_sent(h, 0, bytes);
        size[sent++] = bytes + 61 + 29;
        kept_bytes += size[sent - 1];
        while (sent - first_kept > 1 &&
               (kept_bytes > EMBEDDED_PARTITION_BYTES || sent - first_kept > EMBEDDED_PARTITION_MESSAGES))
            kept_bytes -= size[first_kept++];
        assert_true(first_kept <= read);
    }
    holdback_free(h);
    free(size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_stops_at_four_mebibytes_and_goes_on_when_they_are_read),
        cmocka_unit_test(it_stops_at_the_number_of_messages_too),
        cmocka_unit_test(a_single_huge_message_is_not_stuck_for_ever),
        cmocka_unit_test(lost_messages_do_not_stop_it),
        cmocka_unit_test(nothing_unread_is_ever_trimmed_in_a_model_of_the_partition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
