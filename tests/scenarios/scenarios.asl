/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What firmware can do to devices round the kernel, for topology small: a _RST
 * for the edu device (00:03.0), and power resources for the NVMe controller
 * behind the first root port. The emulator cannot take power away; what is lost
 * with it, AML writes.
 */
DefinitionBlock ("", "SSDT", 2, "PCSC", "SCENARIO", 1)
{
	External (\_SB.PCI0.S18_, DeviceObj)
	External (\_SB.PCI0.S40_, DeviceObj)

	Scope (\_SB.PCI0.S18_)
	{
		OperationRegion (CFG, PCI_Config, 0, 0x100)
		Field (CFG, ByteAcc, NoLock, Preserve)
		{
			Offset (0x04), CMD, 16,
			Offset (0x0C), CLS, 8,
			Offset (0x10), BAR0, 32,
			Offset (0x3C), INTL, 8
		}

		Method (_RST, 0, Serialized)
		{
			Sleep (3000)
			CMD = 0
			CLS = 0
			BAR0 = 0
			INTL = 0
		}
	}

	Scope (\_SB.PCI0.S40_)
	{
		Device (EP00)
		{
			Name (_ADR, 0)
			/*
			 * QEMU 10 describes the function, too, as S00. Linux
			 * prefers a child that says that it is there
			 * (find_child_checks()).
			 */
			Name (_STA, 0x0F)
			Name (_S0W, 4)
			OperationRegion (CFG, PCI_Config, 0, 0x100)
			Field (CFG, ByteAcc, NoLock, Preserve)
			{
				Offset (0x04), CMD, 16,
				Offset (0x0C), CLS, 8,
				Offset (0x10), BAR0, 32, BAR1, 32,
				Offset (0x3C), INTL, 8
			}

			Method (LOSE, 0, Serialized)
			{
				CMD = 0
				CLS = 0
				BAR0 = 0
				BAR1 = 0
				INTL = 0
			}
		}

		PowerResource (PWR, 0, 0)
		{
			Name (STAT, 1)
			Method (_STA) { Return (STAT) }
			/* Real ones take from some tens of milliseconds to seconds. */
			Method (_ON, 0, Serialized)
			{
				If (! STAT)
				{
					Sleep (500)
				}
				STAT = 1
			}
			Method (_OFF, 0, Serialized)
			{
				STAT = 0
				\_SB.PCI0.S40_.EP00.LOSE ()
			}
		}

		Scope (EP00)
		{
			Name (_PR0, Package () { PWR })
			Name (_PR3, Package () { PWR })
		}
	}
}
