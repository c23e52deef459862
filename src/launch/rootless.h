/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * podman and buildah of an ordinary user do their work as the root of a user namespace, and what
 * they run sees itself as root (user_namespaces(7)).
 */

/*
 * Where that is so, becomes the user again, with the user's uid and files. To be called by main()
 * before anything asks who we are. Returns 0, also where nothing is to be done, or a negative
 * errno.
 */
int rootless_become_user(void);
