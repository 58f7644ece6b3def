/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the file of a partition: read as an onlooker and a consumer, recovered, sought. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_digest.h"
#include "pm_log_file.h"
#include "pm_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CAPACITY 4096u
#define FRAMES   (CAPACITY / PM_LOG_STEP)

static char folder[64];
static char path[96];

static void remove_folder(void)
{
    pm_publish_remove(folder, NULL);
}

/* Made once, in memory where there is such a place; without a folder nothing is tested: abort. */
static void make_folder(void)
{
    if (folder[0] != '\0')
        return;
    snprintf(folder, sizeof folder, "%s/pm-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(folder) == NULL || atexit(remove_folder) != 0)
        abort();
    snprintf(path, sizeof path, "%s/p0000.log", folder);
}

/* Checksums are never right by chance: every frame that a walk meets gets its own, as the header.
 */
static void mend(uint8_t *image, size_t size)
{
    struct pm_log_header *header = (void *)image;
    uint64_t at = PM_LOG_PAGE;

    header->checksum = pm_digest_bytes(header, offsetof(struct pm_log_header, checksum));
    while (at + sizeof(struct pm_log_frame) <= size) {
        struct pm_log_frame *frame = (void *)(image + at);
        const uint64_t word = frame->length | (uint64_t)frame->lap << 32;
        if (frame->length < sizeof *frame || frame->length > size - at ||
            frame->length % PM_LOG_STEP != 0)
            return;
        frame->checksum = pm_log_frame_checksum(frame, word);
        at += frame->length;
    }
}

/* Every byte that a good frame points at is touched, so that a sanitizer sees a wrong bound. */
static uint64_t touch_rows(const struct pm_source_view *view)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < view->count; i++) {
        uint32_t bytes;
        const char *text = pm_record_text(&view->rows[i], view->bytes, &bytes);
        sum += (uint64_t)pm_record_closed_below(&view->rows[i], view->bytes);
        for (uint32_t k = 0; k < bytes; k++)
            sum += (uint8_t)text[k];
    }
    return sum;
}

static void read_as(unsigned consumer)
{
    const struct pm_source_config config = {.place = folder, .consumer = consumer};
    struct pm_source_view view;
    struct pm_source *source;
    volatile uint64_t sum = 0;
    uint64_t end = 0;

    if (pm_source_log.open(&source, &config, NULL) != 0)
        return;
    source->ops->end(source, 0, &end);
    for (unsigned i = 0; i < 4 * FRAMES; i++) {
        if (pm_source_poll(source, 0, 3, &view) != PM_SOURCE_DATA)
            break;
        sum = sum + touch_rows(&view);
        source->ops->release(source, 0, view.first_sequence);
    }
    source->ops->seek(source, 0, end / 2, NULL);
    source->ops->seek_time(source, 0, 1000, &end, NULL);
    source->ops->close(source);
}

static void try_image(const uint8_t *image, size_t size)
{
    struct pm_log_writer *writer = NULL;
    const struct pm_record record = {.key = 1};
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, image, size) != (ssize_t)size)
        abort();
    close(fd);
    read_as(PM_LOG_CONSUMERS_MAX);
    read_as(0);
    if (pm_log_writer_open(&writer, folder, 0, NULL, NULL) != 0)
        return;
    if (pm_log_begin(writer, 1, 0) == 0) {
        pm_log_append(writer, &record, NULL);
        pm_log_publish(writer, PM_LOG_RECORDS, 0);
    }
    pm_log_writer_close(writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(PM_LOG_STEP) uint8_t image[PM_LOG_PAGE + 2 * CAPACITY];

    if (size > sizeof image)
        return 0;
    make_folder();
    try_image(data, size);
    if (size < PM_LOG_PAGE)
        return 0;
    memcpy(image, data, size);
    mend(image, size);
    try_image(image, size);
    return 0;
}
