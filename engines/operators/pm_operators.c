/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of the library's operators. */
#include "pm_decode.h"
#include "pm_pattern.h"
#include "pm_verbs.h"

const struct pm_operator_class *const pm_operator_classes[] = {
    &pm_class_filter,
    &pm_class_map,
    &pm_class_flat_map,
    &pm_class_key_by,
    &pm_class_side_output,
    &pm_class_union,
    &pm_class_enrich,
    &pm_class_window,
    &pm_class_session,
    &pm_class_aggregate,
    &pm_class_window_updates,
    &pm_class_update,
    &pm_class_top_n,
    &pm_class_coalesce,
    &pm_class_count_window,
    &pm_class_distinct,
    &pm_class_temporal_join,
    &pm_class_interval_join,
    &pm_class_window_join,
    &pm_class_dedup,
    &pm_class_pattern,
    &pm_class_decode,
    NULL,
};
