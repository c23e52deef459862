/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Opens a directory on a path that not only root controls. The owner of a directory decides what is
 * below it, so root continues as that owner, and no link can lead it to where that user may not
 * write.
 */

/*
 * Opens a directory by its absolute path (O_PATH). Root permanently becomes the first owner on the
 * path who is not root, so the caller must be a child that does nothing else. Returns the
 * descriptor or a negative errno, after which the caller must exit.
 */
int open_as_owner(const char *dir);
