/* SPDX-License-Identifier: Apache-2.0 */
/* The sides of a run that may talk to a Kafka broker. */
#ifndef PM_CLIENTS_H
#define PM_CLIENTS_H

#include "pm_kafka_figures.h"

enum pm_client { PM_CLIENT_GENERATOR, PM_CLIENT_SOURCE, PM_CLIENT_SINK, PM_CLIENTS };

extern const char *const pm_client_names[PM_CLIENTS]; /* "generator", "source", "sink" */

#endif
