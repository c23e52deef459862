/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a server says of a failure, before it is repeated to the operator. Servers give back what
 * they were sent, and that was a token: "invalid value: …".
 */

/*
 * A copy in which every word of 40 or more of the letters that keys, tokens and base64 are made of
 * is "…". To be done before it is cut off anywhere. NULL is "".
 */
char *redact(const char *text);
