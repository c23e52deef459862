/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The code and the message of a failed reply, in JSON or XML. The network controls the reply. */

#include "base/cleanup.h"
#include "base/reason.h"

/*
 * Pure. body may be anything; error_type is the X-Amzn-Errortype header or NULL. Returns the code
 * without its name space and its ":http://…" suffix, and the message; "" if not found. Sources: the
 * awsJson1.1 and awsQuery protocol pages of smithy.io.
 */
void aws_error_parse(const char *body, size_t size, const char *error_type, char *ret_code,
        size_t code_size, char *ret_message, size_t message_size);

/*
 * Sets the reason for a malformed reply. The format names what is wrong and repeats nothing of the
 * reply. Returns -EBADMSG.
 */
int aws_error_bad_reply(struct reason *ret_reason, const char *operation, const char *format, ...)
        _printf_(3, 4);

enum aws_error_kind {
	AWS_ERROR_OTHER,
	AWS_ERROR_TRANSIENT,  /* 500, 502, 503, 504, RequestTimeout … */
	AWS_ERROR_THROTTLING, /* 429, ThrottlingException … */
	AWS_ERROR_CLOCK_SKEW, /* RequestTimeTooSkewed, RequestExpired, RequestInTheFuture */
	AWS_ERROR_SIGNATURE,  /* InvalidSignatureException …; the clock may be the cause */
};

/*
 * Classifies a failed reply. Source: "Retry behavior" in the AWS SDKs and Tools Reference Guide,
 * standard mode.
 */
enum aws_error_kind aws_error_kind(long http_status, const char *code);
