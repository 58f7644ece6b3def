/* SPDX-License-Identifier: Apache-2.0 */
/* Histogram text: round trips, a text of the Java library, and hostile payloads. */
#include "pm_base64.h"
#include "pm_hdr_codec.h"
#include "pm_hdr_format.h"
#include "pm_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

static const struct pm_hdr_limits wide = PM_HDR_LIMITS_WIDE;
static const struct pm_hdr_limits narrow = PM_HDR_LIMITS_INIT;

static size_t histogram_bytes(const struct pm_histogram *histogram)
{
    return sizeof *histogram + ((size_t)histogram->length + 2) * sizeof histogram->cells[0];
}

static struct pm_histogram *random_histogram(struct pm_random *random)
{
    const struct pm_histogram_config config = {
        .lowest = 1 + (int64_t)pm_random_below(random, 1000),
        .highest = 2002 + (int64_t)(pm_random_u64(random) >> (1 + pm_random_below(random, 50))),
        .digits = 1 + (unsigned)pm_random_below(random, 4),
    };
    const uint64_t samples = pm_random_below(random, 3000);
    struct pm_histogram *histogram = NULL;

    if (pm_histogram_open(&histogram, &config, NULL) < 0)
        return NULL;
    for (uint64_t i = 0; i < samples; i++) {
        const int64_t value = (int64_t)(pm_random_u64(random) >> (1 + pm_random_below(random, 63)));
        const uint64_t count = 1 + (pm_random_u64(random) >> (12 + pm_random_below(random, 52)));

        if (pm_histogram_index(histogram, (uint64_t)value) < histogram->length)
            pm_histogram_record_n(histogram, value, count);
    }
    return histogram;
}

static char *encode(const struct pm_histogram *histogram, size_t *size)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, size);

    assert_int_equal(pm_hdr_encode(stream, histogram, NULL), 0);
    fclose(stream);
    return text;
}

static void random_histograms_come_back_whole(void **state)
{
    const uint64_t seed = 20261121;
    struct pm_random random = pm_random_open(seed, 1);
    int tried = 0;

    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    while (tried < 120) {
        struct pm_histogram *histogram = random_histogram(&random);
        struct pm_histogram *back = NULL;
        size_t size = 0;

        if (histogram == NULL)
            continue;
        char *text = encode(histogram, &size);

        assert_memory_equal(text, "HISTFAAA", 8);
        assert_int_equal(pm_hdr_decode(&back, text, size, &wide, NULL), 0);
        assert_memory_equal(back, histogram, histogram_bytes(histogram));
        pm_histogram_close(histogram);
        pm_histogram_close(back);
        free(text);
        tried++;
    }
}

/* Made with HdrHistogram 2.1.11: new Histogram(1, 3600000000000L, 3), values 1, 1000 (twice),
 * 65659620, 3599999999999; encodeIntoCompressedByteBuffer. */
static void text_of_the_java_library_is_read(void **state)
{
    static const char text[] =
        "HISTFAAAAC54nJNpmSzMwMDAywABzFCaEch0M9ixgMH+A1SE6TQ/y+X/jEzvfzEyAQCmOAj5";
    struct pm_histogram *histogram = NULL;

    (void)state;
    assert_int_equal(pm_hdr_decode(&histogram, text, strlen(text), &narrow, NULL), 0);
    assert_int_equal(histogram->highest, 3600 * PM_NS_PER_S);
    assert_int_equal(pm_histogram_count(histogram), 5);
    assert_int_equal(pm_histogram_count_at(histogram, 1), 1);
    assert_int_equal(pm_histogram_count_at(histogram, 1000), 2);
    assert_int_equal(pm_histogram_percentile(histogram, 80), 65667071);
    assert_int_equal(pm_histogram_max(histogram), 3601330077695);
    pm_histogram_close(histogram);
}

/* What a payload under test says of itself; the counts are raw bytes. */
struct crafted {
    uint32_t cookie, length, shift, digits;
    uint64_t lowest, highest, ratio;
    const char *counts;
    size_t count_bytes;
};

#define PLAIN                                                                                      \
    .cookie = PM_HDR_COOKIE_PAYLOAD, .digits = 3, .lowest = 1, .highest = 3600000000000,           \
    .ratio = PM_HDR_RATIO_ONE
#define COUNTS(text) .counts = (text), .count_bytes = sizeof(text) - 1, .length = sizeof(text) - 1

static char *craft(const struct crafted *row, size_t *size)
{
    unsigned char payload[256];
    unsigned char wire[512];
    uLongf deflated = sizeof wire - 8;

    pm_hdr_put_u32(payload, row->cookie);
    pm_hdr_put_u32(payload + PM_HDR_AT_LENGTH, row->length);
    pm_hdr_put_u32(payload + PM_HDR_AT_SHIFT, row->shift);
    pm_hdr_put_u32(payload + PM_HDR_AT_DIGITS, row->digits);
    pm_hdr_put_u64(payload + PM_HDR_AT_LOWEST, row->lowest);
    pm_hdr_put_u64(payload + PM_HDR_AT_HIGHEST, row->highest);
    pm_hdr_put_u64(payload + PM_HDR_AT_RATIO, row->ratio);
    memcpy(payload + PM_HDR_HEADER_BYTES, row->counts, row->count_bytes);
    assert_int_equal(compress(wire + 8, &deflated, payload, PM_HDR_HEADER_BYTES + row->count_bytes),
                     Z_OK);
    pm_hdr_put_u32(wire, PM_HDR_COOKIE_DEFLATED);
    pm_hdr_put_u32(wire + 4, (uint32_t)deflated);
    *size = pm_base64_encoded_size(8 + deflated);

    char *text = malloc(*size);

    pm_base64_encode(text, wire, 8 + deflated);
    return text;
}

static int decode_crafted(const struct crafted *row, struct pm_error *error)
{
    struct pm_histogram *histogram = NULL;
    size_t size = 0;
    char *text = craft(row, &size);
    const int code = pm_hdr_decode(&histogram, text, size, &narrow, error);

    free(text);
    pm_histogram_close(histogram);
    return code;
}

static void plain_payload_is_accepted(void **state)
{
    const struct crafted row = {PLAIN, COUNTS("\x02\x03\x02")}; /* 1, -2, 1 */

    (void)state;
    assert_int_equal(decode_crafted(&row, NULL), 0);
}

static void hostile_payloads_are_refused_by_name(void **state)
{
    static const struct {
        struct crafted payload;
        const char *message;
    } rows[] = {
        {{.cookie = 0x1c849301, .digits = 3, .lowest = 1, .highest = 1000, COUNTS("\x02")}, "V2"},
        {{PLAIN, .counts = "", .length = 0xffffffff}, "before their length"},
        {{PLAIN, .counts = "\x02", .count_bytes = 1, .length = 0x80000000}, "before their length"},
        {{PLAIN, .counts = "\x02\x02", .count_bytes = 2, .length = 1}, "behind the counts"},
        {{PLAIN, COUNTS("\xff\xff\xff\xff\xff\xff\xff\xff")}, "before their length"},
        {{PLAIN, COUNTS("\xff\xff\xff\xff\xff\xff\xff\xff\xff")}, "beyond the last"}, /* -2^63 */
        {{PLAIN, COUNTS("\x81\x90\x04")}, "beyond the last"},         /* 33,793 zeros */
        {{PLAIN, COUNTS("\xff\x8f\x04\x02\x02\x02")}, "more counts"}, /* 33,792, then cells */
        {{PLAIN, COUNTS("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x02")}, "63 bits"},
        {{PLAIN, .shift = 1, COUNTS("\x02")}, "index shift"},
        {{PLAIN, .shift = 0x80000000, COUNTS("\x02")}, "index shift"},
        {{.cookie = PM_HDR_COOKIE_PAYLOAD,
          .digits = 3,
          .lowest = 1,
          .highest = 1000,
          COUNTS("\x02")},
         "ratio"},
        {{.cookie = PM_HDR_COOKIE_PAYLOAD,
          .digits = 5,
          .lowest = 1,
          .highest = INT64_MAX,
          .ratio = PM_HDR_RATIO_ONE,
          COUNTS("\x02")},
         "5 digits"},
        {{.cookie = PM_HDR_COOKIE_PAYLOAD,
          .digits = 0xffffffff,
          .lowest = 1,
          .highest = 1000,
          .ratio = PM_HDR_RATIO_ONE,
          COUNTS("\x02")},
         "digits"},
        {{.cookie = PM_HDR_COOKIE_PAYLOAD,
          .digits = 0,
          .lowest = 1,
          .highest = 1000,
          .ratio = PM_HDR_RATIO_ONE,
          COUNTS("\x02")},
         "digits"},
        {{.cookie = PM_HDR_COOKIE_PAYLOAD,
          .digits = 3,
          .lowest = 0,
          .highest = 1000,
          .ratio = PM_HDR_RATIO_ONE,
          COUNTS("\x02")},
         "lowest"},
        {{.cookie = PM_HDR_COOKIE_PAYLOAD,
          .digits = 3,
          .lowest = 1,
          .highest = 1ULL << 63,
          .ratio = PM_HDR_RATIO_ONE,
          COUNTS("\x02")},
         "highest"},
        {{.cookie = PM_HDR_COOKIE_PAYLOAD,
          .digits = 3,
          .lowest = 1ULL << 60,
          .highest = INT64_MAX,
          .ratio = PM_HDR_RATIO_ONE,
          COUNTS("\x02")},
         "62 bits"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pm_error error = {0};

        assert_int_equal(decode_crafted(&rows[i].payload, &error), PM_EINPUT);
        if (strstr(error.text, rows[i].message) == NULL)
            fail_msg("row %zu: \"%s\" does not say \"%s\"", i, error.text, rows[i].message);
    }
}

static void every_cut_and_every_flipped_character_is_survived(void **state)
{
    struct pm_random random = pm_random_open(3, 3);
    struct pm_histogram *histogram = NULL;
    size_t size = 0;

    (void)state;
    while (histogram == NULL || pm_histogram_count(histogram) == 0 || histogram->digits > 2) {
        pm_histogram_close(histogram);
        histogram = random_histogram(&random);
    }
    char *text = encode(histogram, &size);
    char *copy = malloc(size);

    for (size_t i = 0; i < size; i++) {
        struct pm_histogram *back = NULL;

        memcpy(copy, text, size);
        copy[i] = (char)(copy[i] ^ (1 + (int)pm_random_below(&random, 127)));
        if (pm_hdr_decode(&back, copy, size, &wide, NULL) == 0)
            pm_histogram_close(back);
        char *cut = malloc(i + 1); /* its own block, so that a read behind it is seen */
        memcpy(cut, text, i);
        assert_int_equal(pm_hdr_decode(&back, cut, i, &wide, NULL), PM_EINPUT);
        free(cut);
    }
    free(copy);
    free(text);
    pm_histogram_close(histogram);
}

static void limits_are_kept(void **state)
{
    const struct pm_hdr_limits few_cells = {.text_bytes = 1000, .cells = 33791, .digits = 3};
    const struct pm_hdr_limits enough = {.text_bytes = 1000, .cells = 33792, .digits = 3};
    const struct pm_hdr_limits short_text = {.text_bytes = 10, .cells = 1 << 20, .digits = 3};
    const struct crafted row = {PLAIN, COUNTS("\x02")};
    struct pm_histogram *histogram = NULL;
    size_t size = 0;
    char *text = craft(&row, &size);

    (void)state;
    assert_int_equal(pm_hdr_decode(&histogram, text, size, &few_cells, NULL), PM_EINPUT);
    assert_int_equal(pm_hdr_decode(&histogram, text, size, &short_text, NULL), PM_EINPUT);
    assert_int_equal(pm_hdr_decode(&histogram, text, size, &enough, NULL), 0);
    pm_histogram_close(histogram);
    free(text);
}

static void base64_is_strict(void **state)
{
    static const char *const bad[] = {"A",    "AA",   "AAA",  "AA=A",  "=AAA",     "A===", "====",
                                      "AB==", "AAB=", "AA A", "AA\nA", "AA==AAAA", "-_-_"};
    unsigned char bytes[16];
    char text[16];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(pm_base64_decode(bytes, bad[i], strlen(bad[i])), -1);
    assert_int_equal(pm_base64_decode(bytes, "", 0), 0);
    assert_int_equal(pm_base64_decode(bytes, "Zm9vYg==", 8), 4); /* RFC 4648, section 10 */
    assert_memory_equal(bytes, "foob", 4);
    pm_base64_encode(text, (const unsigned char *)"fooba", 5);
    assert_memory_equal(text, "Zm9vYmE=", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_histograms_come_back_whole),
        cmocka_unit_test(text_of_the_java_library_is_read),
        cmocka_unit_test(plain_payload_is_accepted),
        cmocka_unit_test(hostile_payloads_are_refused_by_name),
        cmocka_unit_test(every_cut_and_every_flipped_character_is_survived),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(base64_is_strict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
