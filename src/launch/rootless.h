/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * podman and buildah of an ordinary user work as root of a user namespace, and what they run sees
 * itself as root (user_namespaces(7)).
 */

/*
 * In that case becomes the user again, with the user's uid and files. main() must call it before
 * anything depends on the user. Returns 0, also if there is nothing to do, or a negative errno.
 */
int rootless_become_user(void);
