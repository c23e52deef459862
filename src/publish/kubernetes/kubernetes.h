/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A sink: a kubernetes.io/dockerconfigjson Secret in each wanted namespace of a cluster. */

#include "config/config.h"
#include "publish/sink.h"

/* As struct sink_type describes. */
int kubernetes_publish(const struct config_sink *sink, struct sink_run *sink_run);
uint64_t kubernetes_hash(const struct config_sink *sink);
