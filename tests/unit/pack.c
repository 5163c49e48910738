// SPDX-License-Identifier: GPL-2.0-only
#include "pack.h"

#include <stdlib.h>
#include <string.h>

#include "core/regs.h"

void pack_init(struct pack *pack)
{
	pack_free(pack);
	memset(pack, 0, sizeof(*pack));
}

void pack_free(struct pack *pack)
{
	free(pack->file);
	pack->file = NULL;
}

struct pcsc_profile_model *pack_model(struct pack *pack, u32 match)
{
	struct pcsc_profile_model *model = &pack->models[pack->nr_models++];

	model->match = match;
	model->first_rule = pack->nr_rules;
	return model;
}

struct pcsc_profile_rule *pack_rule(struct pack *pack, u8 space, u16 cap,
				    u16 offset, u16 length, u8 klass, u16 flags)
{
	struct pcsc_profile_rule *rule = &pack->rules[pack->nr_rules++];

	*rule = (struct pcsc_profile_rule){
		.space = space,
		.klass = klass,
		.flags = flags,
		.cap = cap,
		.offset = offset,
		.length = length,
	};
	pack->models[pack->nr_models - 1].nr_rules++;
	return rule;
}

void pack_spec(struct pack *pack)
{
	const struct pcsc_reg *reg;

	for (reg = pcsc_regs; reg < pcsc_regs + pcsc_nr_regs; reg++)
		if (reg->klass == PCSC_CONST)
			pack_rule(pack, reg->space, reg->cap, reg->offset,
				  reg->length, PCSC_CONST, 0);
}

struct pcsc_profile_header *pack_file(struct pack *pack)
{
	const size_t models = pack->nr_models * sizeof(pack->models[0]);
	const size_t rules = pack->nr_rules * sizeof(pack->rules[0]);
	struct pcsc_profile_header header = {
		.magic = PCSC_PROFILE_MAGIC,
		.version = PCSC_PROFILE_VERSION,
		.table_hash = pcsc_regs_hash(),
		.nr_models = pack->nr_models,
		.nr_rules = pack->nr_rules,
		.name = "test",
	};

	pack_free(pack);
	pack->size = sizeof(header) + models + rules;
	pack->file = malloc(pack->size);
	if (!pack->file)
		abort();
	header.size = pack->size;
	memcpy(pack->file, &header, sizeof(header));
	memcpy(pack->file + sizeof(header), pack->models, models);
	memcpy(pack->file + sizeof(header) + models, pack->rules, rules);
	return (struct pcsc_profile_header *)pack->file;
}
