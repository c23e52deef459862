/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text from a reply, a file or a path, made fit for a terminal, the journal and JSON: control
 * characters and bytes that are not UTF-8 (RFC 3629) give way to '?'.
 */
void sanitize(char *s);
