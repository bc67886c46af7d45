/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the lab and its guest's init say to each other. */
#include "lab/frames.h"

#include <errno.h>
#include <string.h>

struct header {
	uint32_t type, len;
};

void lab_frame_put(struct buf *buf, enum lab_frame_type type, const void *bytes, size_t len)
{
	const struct header header = {type, (uint32_t)len};

	buf_add(buf, &header, sizeof(header));
	if (len)
		buf_add(buf, bytes, len);
}

int lab_frame_get(const char *text, size_t len, uint32_t *type, const char **bytes, size_t *size,
		  size_t *taken)
{
	struct header header;

	if (len < sizeof(header))
		return 0;
	memcpy(&header, text, sizeof(header));
	if (header.type < LAB_READY || header.type > LAB_SIZE || header.len > LAB_FRAME_MAX)
		return -EBADMSG;
	if (len - sizeof(header) < header.len)
		return 0;
	*type = header.type;
	*bytes = text + sizeof(header);
	*size = header.len;
	*taken = sizeof(header) + header.len;
	return 1;
}
