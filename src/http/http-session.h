/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The handles that requests to one server share. For http.c only; session may be NULL. */

#include <curl/curl.h>

#include "http/http.h"

/* A handle without settings; never NULL. */
CURL *http_session_take(struct http_session *session);

/* Takes it back, with its open connection where the request went well. */
void http_session_give(struct http_session *session, CURL *curl, bool is_good);

/*
 * Its settings, over those of any request. Where the server's certificate has another name than the
 * URL, *ret_connect_to is to be freed after the request, and headers grow.
 */
void http_session_set(const struct http_session *session, CURL *curl, const char *url,
        struct curl_slist **headers, struct curl_slist **ret_connect_to);

const struct http_options *http_session_options(const struct http_session *session);
