#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/docs.sh BUILD: what README, CONTRIBUTING and docs/ name is there: links and
# their places, files of the tree, targets of make, commands and options of the tools, and
# manual pages for all of them. Version and package say the same. TAP on stdout.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/verdict.sh
. "$top/tests/verdict.sh"
build=$(cd "${1:?the build directory}" && pwd) || exit 2
tools='pcsc-trace pcsc-profile pcsc-ctl pcsc-monitor pcsc-top'
# A copy with mistakes in it: the second argument
cd "${2:-$top}" || exit
pages=(*.md docs/*.md)

# ---- links ----

# places PAGE: its anchors, those of headings and those with a name
places() {
	awk '/^```/ { code = !code } !code && /^#+ / {
		sub(/^#+ /, "")
		$0 = tolower($0)
		gsub(/[^a-z0-9 _-]/, "")
		gsub(/ /, "-")
		print
	}' "$1"
	sed -n 's/.*<a name="\([^"]*\)".*/\1/p' "$1"
}

# links PAGE: what stands in ](...), but what is elsewhere
links() {
	awk '/^```/ { code = !code } !code' "$1" | grep -v '^    ' | grep -oE '\]\([^)]+\)' | sed 's/^](//; s/)$//' |
		grep -vE '^(https?|mailto):'
}

# broken_links: "PAGE: LINK"
broken_links() {
	local page link file place
	declare -A places_of
	for page in "${pages[@]}"; do
		while read -r link; do
			file=${link%%#*} place=${link#*#}
			[[ $link == *'#'* ]] || place=''
			if [[ $file ]]; then file=${page%"${page##*/}"}$file; else file=$page; fi
			[[ -e $file ]] || { echo "$page: $link" && continue; }
			[[ $place ]] || continue
			[[ ${places_of[$file]-} ]] || places_of[$file]=$'\n'$(places "$file")$'\n'
			[[ ${places_of[$file]} == *$'\n'"$place"$'\n'* ]] || echo "$page: $link"
		done < <(links "$page")
	done
}

# unlinked: pages that nobody can come to from the README
unlinked() {
	local page todo=(README.md) seen=' README.md '
	while ((${#todo[@]})); do
		page=${todo[0]}
		todo=("${todo[@]:1}")
		[[ -e $page ]] || continue
		while read -r link; do
			link=${link%%#*}
			[[ $link == *.md ]] || continue
			link=$(realpath -m --relative-to=. "$(dirname "$page")/$link")
			[[ $seen == *" $link "* ]] || { seen+="$link " && todo+=("$link"); }
		done < <(links "$page")
	done
	for page in "${pages[@]}"; do
		[[ $seen == *" $page "* ]] || echo "$page"
	done
}

# ---- code ----

# code PAGE: each line of a block, and each piece between backticks that is on one line
code() {
	awk '
		/^ *```/ { block = !block; next }
		block || /^    / { print; next }
		{
			n = split($0, part, "`")
			for (i = 2; i < n; i += 2)
				print part[i]
		}' "$1" | sed 's/^ *//'
}

# lost_files: "PAGE: FILE" of the tree's directories that is not there
lost_files() {
	local page word
	for page in "${pages[@]}"; do
		while read -r word; do
			# A program, or a module, may be called by the name of its source
			compgen -G "$word" >/dev/null || [[ -e $word.c || -e ${word%.ko}.c ]] || echo "$page: $word"
		done < <(code "$page" | tr -s ' "'\''=(),;|`' '\n' | sed 's/[.:]*$//' |
			grep -E '^(bpf|user|kernel-helper|tools|tests|docs)/[A-Za-z0-9_./*?-]+$' |
			# NAME and the like are the reader's
			grep -vE '(^|[/_-])[A-Z]{2,}' | sort -u)
	done
}

# lost_targets: "PAGE: TARGET"
lost_targets() {
	local page target
	for page in "${pages[@]}"; do
		while read -r target; do
			grep -qE "^$target:" Makefile || echo "$page: make $target"
		done < <(code "$page" | grep -oE '(^|[ ;&])make [a-z][a-z-]*([ ,;]|$)' | sed -E 's/.*make ([a-z-]*).*/\1/' | sort -u)
	done
}

# helped TOOL [COMMAND]: letters and names of its options, as they are typed
helped() {
	"$build/$1" "${@:2}" --help | sed -nE 's/^ +(-[^-])?(, )?(--[a-z0-9-]+)?.*/\1 \3/p' | tr -s ' ' '\n' | grep '^-'
}

commands_of() {
	"$build/$1" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\)  .*/\1/p'
}

# typed: "TOOL WORD..." of every line of code that begins with one of the tools; what follows
# is another program's, another command, or said of this one
typed() {
	sed -E 's|^(build/)?||; s/\$\([^)]*\)//g; s/ (\|\|?|&&|;|>|2>|#) .*//; s/ -- .*//; s/ -- *$//; s/;.*//' |
		grep -E "^(${tools// /|})( |$)"
}

# wrong_options PAGE: "PAGE: TOOL COMMAND OPTION" that its help does not have
wrong_options() {
	local tool words word command known letters i
	while read -r tool words; do
		command=''
		# Brackets, bars and dots are those of a synopsis
		words=${words//[][|]/ } words=${words//.../}
		for word in $words; do
			[[ ${commands[$tool]} != *" $word "* ]] || { command=$word && break; }
		done
		known=" ${options["$tool $command"]-} "
		for word in $words; do
			word=${word%%=*} word=${word%[,.:]}
			case $word in
			--help | --usage | --version | -- | -) ;;
			--*) [[ $known == *" $word "* ]] || echo "$1: $tool $command $word" ;;
			-[a-zA-Z]*)
				letters=${word#-}
				for ((i = 0; i < ${#letters}; i++)); do
					[[ $known == *" -${letters:i:1} "* ]] || { echo "$1: $tool $command $word" && break; }
					# What follows the letter is its argument
					[[ ${options["$tool $command"]} != *" -${letters:i:1}= "* ]] || break
				done
				;;
			esac
		done
	done < <(code "$1" | typed)
}

# all_wrong_options
all_wrong_options() {
	local page tool command
	declare -A commands options
	for tool in $tools; do
		commands[$tool]=" $(commands_of "$tool" | paste -sd' ') "
		options["$tool "]=$(helped "$tool" | paste -sd' ')
		for command in ${commands[$tool]}; do
			options["$tool $command"]=$(helped "$tool" "$command" | paste -sd' ')
		done
	done
	for page in "${pages[@]}"; do
		wrong_options "$page"
	done
}

# undescribed TOOL: long options of its help that its page does not have
undescribed() {
	local option command
	{
		helped "$1"
		for command in $(commands_of "$1"); do helped "$1" "$command"; done
	} | grep '^--' | grep -vE '^--(help|usage|version)$' | sort -u | while read -r option; do
		grep -qE -- "[][\`,( ]${option}[\`,=) []" "docs/$1.md" || echo "$option"
	done
}

# parameters: those of the module that its page does not have, or has and it has not
parameters() {
	diff <(grep -rhoE 'module_param(_cb)?\([a-z_]+' kernel-helper | sed 's/.*(//' | sort) \
		<(awk '/^## / { on = $2 == "Parameters" } on' docs/pci_pcsc.md | grep -oE '^\| `[a-z_]+`' | tr -d '|` ' | sort)
}

# floors: objects of Kbuild, each with the number of its line, and those of the design's table
floors() {
	diff <(awk '/^pci_pcsc-y/ && /\.o/ && !/wildcard/ {
			floor++
			for (i = 3; i <= NF; i++)
				if ($i != "pci_pcsc.o")
					print floor, substr($i, 1, length($i) - 2)
		}' kernel-helper/Kbuild) \
		<(sed -n 's/^| \([0-9]*\) | `\([a-z]*\)` |.*/\1 \2/p' docs/design.md)
}

# ---- manual pages, versions ----

# manuals: those that make does not make
manuals() {
	local page
	for page in 4/pci_pcsc 5/pcsc-profile 5/pcsc-recording 8/pcsc-{ctl,monitor,profile,top,trace}; do
		case $page in
		5/*) page=docs/${page#5/pcsc-}-format.md ;;
		*) page=docs/${page#*/}.md ;;
		esac
		"$top/tools/manpage" "$page" 8 >"$dir/page" 2>"$dir/err"
		grep -q '^\.T[HD]' "$dir/page" || echo "$page"
	done
}

version=$(sed -n 's/^VERSION := //p' Makefile)
verdict 'every link leads to a page, and to a place on it' "$(broken_links)" ''
verdict 'every page can be found from the README' "$(unlinked)" ''
verdict 'the README has fewer than 150 lines' "$(($(wc -l <README.md) < 150))" 1
verdict 'every file that is named is there' "$(lost_files)" ''
verdict 'every target of make that is named is there' "$(lost_targets)" ''
verdict 'every option that is typed is in the help of its command' "$(all_wrong_options)" ''
for tool in $tools; do
	verdict "$tool: its page has every option" "$(undescribed "$tool")" ''
done
verdict 'the page of the module has its parameters' "$(parameters)" ''
verdict 'the floors of the design are those of Kbuild' "$(floors)" ''
verdict 'there is a manual page of each tool, format, and of the module' "$(manuals)" ''
verdict 'makefile, package and list of changes are of one version' \
	"$(sed -n '1s/.*(\(.*\)).*/\1/p' tools/debian/changelog) $(sed -n 's/^## \([0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)" "$version $version"

# Mistakes in a copy: each is found
if [[ ! ${2:-} ]]; then
	mkdir "$dir/copy"
	cp -r ./*.md Makefile docs bpf user kernel-helper tools tests "$dir/copy/"
	cat >>"$dir/copy/docs/demo.md" <<-'END'

	See [the moon](moon.md) and [its back](demo.md#back), `tests/moon`, `make moon`, `pcsc-ctl state --moon`.

	    pcsc-trace report -q FILE
	END
	echo '# alone' >"$dir/copy/docs/alone.md"
	sed -i 's/`--redact`/`--r`/g; s/--redact/--r/g' "$dir/copy/docs/pcsc-profile.md"
	sed -i '/^| `scrub`/d' "$dir/copy/docs/pci_pcsc.md"
	sed -i '/^| [0-9]* | `scrub`/d' "$dir/copy/docs/design.md"
	sed -i '1s/(.*)/(0.0)/' "$dir/copy/tools/debian/changelog"
	"${BASH_SOURCE[0]}" "$build" "$dir/copy" >"$dir/found"
	for mistake in moon.md 'demo.md#back' tests/moon 'make moon' 'pcsc-ctl state --moon' 'pcsc-trace report -q' alone.md -- --redact '< scrub' '< 7 scrub' 0.0; do
		[[ $mistake == -- ]] || verdict "a mistake is found: $mistake" "$(grep -cF -- "$mistake" "$dir/found" | sed 's/[1-9][0-9]*/found/')" found
	done
fi
finish docs
