# SPDX-License-Identifier: GPL-2.0-or-later
# fish: completion of thpscope, which knows itself what fits ('thpscope --complete WORD...').
function __thpscope_complete
	set -l words (commandline -opc)
	set -l word (commandline -ct)
	# Behind "--root=" a value is completed, with that in front.
	set -l left (string match -r -- '^-[^=]*=' $word)
	set -l value (string replace -r -- '^-[^=]*=' '' $word)
	for line in ($words[1] --complete $words[2..-1] $word 2>/dev/null </dev/null)
		switch $line
			case :files
				string replace -r -- '^' "$left" (__fish_complete_path $value)
			case :directories
				string replace -r -- '^' "$left" (__fish_complete_directories $value)
			case :commands
				complete -C "$value"
			case '*'
				printf '%s\n' $line
		end
	end
end
complete -c thpscope -f -a '(__thpscope_complete)'
