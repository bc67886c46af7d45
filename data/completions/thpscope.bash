# SPDX-License-Identifier: GPL-2.0-or-later
# bash: completion of thpscope, which knows itself what fits ('thpscope --complete WORD...').
_thpscope()
{
	local -a words=()
	local i word line cur cut='' joined='' program=${1/#\~/$HOME}

	# bash has cut words at a '='; they are put together again.
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == '=' && ${#words[@]} -gt 0 ]]; then
			words[-1]+='='
			joined=1
		elif [[ $joined ]]; then
			words[-1]+=$word
			joined=''
		else
			words+=("$word")
		fi
	done
	cur=${words[-1]}
	# What stands in front of it, bash keeps.
	if [[ $cur == -*=* && $COMP_WORDBREAKS == *=* ]]; then
		cut=${cur%%=*}=
		cur=${cur#*=}
	fi
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:files)
			compopt -o filenames
			mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$cur")
			;;
		:directories)
			compopt -o filenames
			mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$cur")
			;;
		:commands)
			mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -c -- "$cur")
			;;
		*)
			line=${line%%$'\t'*}
			COMPREPLY+=("${line#"$cut"}")
			;;
		esac
	done < <("$program" --complete "${words[@]}" 2>/dev/null </dev/null)
}
complete -F _thpscope thpscope
