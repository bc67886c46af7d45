# SPDX-License-Identifier: GPL-2.0-or-later
# What Debian wants to be otherwise than cmake --install leaves it: manual pages and changelogs are compressed, and
# folders are open to all whatever the umask of who builds. cpack runs this once, when all that goes into packages stands
# ready, each package's in a folder of its own.
file(GLOB compressed ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/man/man?/* ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/doc/*/changelog)
list(FILTER compressed EXCLUDE REGEX "\\.gz$")
file(GLOB folders ${CPACK_TEMPORARY_DIRECTORY}/*)
file(CHMOD_RECURSE ${folders} DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
if(compressed)
	execute_process(COMMAND gzip -9n ${compressed} COMMAND_ERROR_IS_FATAL ANY)
endif()
