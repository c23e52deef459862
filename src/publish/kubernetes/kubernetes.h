/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A kubernetes.io/dockerconfigjson Secret in each of a cluster's namespaces that want it. */

#include "config/config.h"
#include "publish/sink.h"

int kubernetes_publish(const struct config_sink *sink, struct sink_run *section);

/* Of all that the section of the ini says. */
uint64_t kubernetes_hash(const struct config_sink *sink);
