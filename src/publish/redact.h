/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Redacts the error message of a server before it is logged. Servers repeat what they were sent
 * ("invalid value: …"), and that was a token.
 */

/*
 * Returns a copy in which "…" replaces each word of at least 40 characters of base64, as keys and
 * tokens have. Call it before the text is truncated. NULL is "".
 */
char *redact(const char *text);
