/* SPDX-License-Identifier: Apache-2.0 */
/* Firing timers under a watermark. */
#include "pm_fire.h"

bool pm_fire_until(struct pm_operator *self, struct pm_cell *timers, struct pm_out *out,
                   pm_fire_fn fire, int64_t until_ns)
{
    const struct pm_task *task = self->task;
    uint64_t left = task->slice != 0 ? task->slice : UINT64_MAX;
    struct pm_timer timer;

    for (; !task->blocked && left != 0 && pm_timer_pop(timers, until_ns, &timer); left--) {
        fire(self, &timer);
        pm_state_unpin(self->state);
        if (out->singly || out->chunk.count >= PM_CHUNK_DEFAULT)
            pm_out_flush(out);
    }
    pm_out_flush(out);
    return !task->blocked && left != 0;
}

bool pm_fire_due(struct pm_operator *self, struct pm_cell *timers, struct pm_out *out,
                 pm_fire_fn fire, int64_t watermark_ns, int64_t lag_ns)
{
    return pm_fire_until(self, timers, out, fire, watermark_ns) &&
           pm_operator_pass(self, pm_watermark_less(watermark_ns, lag_ns));
}
