/* SPDX-License-Identifier: Apache-2.0 */
/* Interval logs of strangers: a log as it is, and a histogram payload that needs no valid zlib. */
#include "pm_base64.h"
#include "pm_hdr_format.h"
#include "pm_hgrm.h"
#include "pm_hlog.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pm_hdr_limits limits = PM_HDR_LIMITS_INIT;

static void read_log(const uint8_t *data, size_t size)
{
    FILE *stream = fmemopen((void *)(uintptr_t)data, size, "r");
    FILE *sink = fopen("/dev/null", "w");
    struct pm_hlog *log = NULL;
    struct pm_hlog_row row;

    if (stream != NULL && sink != NULL && pm_hlog_open(&log, stream, "fuzz", &limits, NULL) == 0) {
        while (pm_hlog_next(log, &row, NULL) == 1) {
            pm_hgrm_write(sink, row.histogram, 1e6, NULL);
            pm_histogram_close(row.histogram);
        }
    }
    pm_hlog_close(log);
    if (stream != NULL)
        fclose(stream);
    if (sink != NULL)
        fclose(sink);
}

/* Deflate and encode @p data, so that mutations reach the header and the counts. */
static void read_payload(const uint8_t *data, size_t size)
{
    uLongf deflated = compressBound((uLong)size);
    unsigned char *wire = malloc(PM_HDR_ENVELOPE_BYTES + deflated);
    char *text = malloc(pm_base64_encoded_size(PM_HDR_ENVELOPE_BYTES + deflated));
    struct pm_histogram *histogram = NULL;

    if (wire != NULL && text != NULL &&
        compress(wire + PM_HDR_ENVELOPE_BYTES, &deflated, data, (uLong)size) == Z_OK) {
        const size_t wire_size = PM_HDR_ENVELOPE_BYTES + deflated;

        pm_hdr_put_u32(wire, PM_HDR_COOKIE_DEFLATED);
        pm_hdr_put_u32(wire + 4, (uint32_t)deflated);
        pm_base64_encode(text, wire, wire_size);
        if (pm_hdr_decode(&histogram, text, pm_base64_encoded_size(wire_size), &limits, NULL) == 0)
            pm_histogram_close(histogram);
    }
    free(wire);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    read_log(data, size);
    read_payload(data, size);
    return 0;
}
