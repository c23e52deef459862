/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One run of the fetcher: the ini and the old tokens in, new tokens out. */

#include "fetch/fetch-options.h"

/* Returns an exit status. */
int fetch_run(const struct fetch_options *options);
