/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an AWS API says went wrong: the code and the message, out of a JSON or an XML reply.
 * The network controls the reply.
 */

#include "base/cleanup.h"
#include "base/reason.h"

/*
 * Pure. body may be empty or anything at all; error_type is the X-Amzn-Errortype header or NULL.
 * Sources: the awsJson1.1 and awsQuery protocol pages of smithy.io. The code loses its name space
 * and its ":http://…" tail; "" where none was found. The message is "" where none was found.
 */
void aws_error_parse(const char *body, size_t size, const char *error_type, char *ret_code,
        size_t code_size, char *ret_message, size_t message_size);

/*
 * Sets the reason for a reply that is not the operation's. The format names what is wrong and
 * repeats nothing of the reply. Returns -EBADMSG.
 */
int aws_error_bad_reply(struct reason *ret_reason, const char *operation, const char *format, ...)
        _printf_(3, 4);

enum aws_error_kind {
	AWS_ERROR_OTHER,
	AWS_ERROR_TRANSIENT,  /* 500, 502, 503, 504, RequestTimeout … */
	AWS_ERROR_THROTTLING, /* 429, ThrottlingException … */
	AWS_ERROR_CLOCK_SKEW, /* RequestTimeTooSkewed, RequestExpired, RequestInTheFuture */
	AWS_ERROR_SIGNATURE,  /* InvalidSignatureException, SignatureDoesNotMatch …: perhaps the
	                         clock */
};

/* Source: "Retry behavior" in the AWS SDKs and Tools Reference Guide, standard mode. */
enum aws_error_kind aws_error_kind(long http_status, const char *code);
