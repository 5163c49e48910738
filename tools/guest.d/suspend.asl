/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firmware's part of waking up from S3. SeaBIOS 1.16 forgets that QEMU's wake-up
 * has reset the host bridge too: it writes the chipset's registers through MMCONFIG,
 * which is off, and the writes are lost. So _PTS remembers and _WAK restores where
 * MMCONFIG is (PXB), ACPI's registers (PMB, ACTL), the root complex (RCBA), the
 * interrupts' routes; without PMB the guest cannot even power off.
 */
DefinitionBlock ("", "SSDT", 2, "PCSC", "SUSPEND", 1)
{
	External (\_SB.PCI0.S00_, DeviceObj)
	External (\_SB.PCI0.SF8_, DeviceObj)

	Scope (\_SB.PCI0.S00_)
	{
		OperationRegion (HOST, PCI_Config, 0, 0x100)
		Field (HOST, DWordAcc, NoLock, Preserve)
		{
			Offset (0x60), PXB, 32, PXBH, 32
		}
	}

	Scope (\_SB.PCI0.SF8_)
	{
		OperationRegion (LPC, PCI_Config, 0, 0x100)
		Field (LPC, DWordAcc, NoLock, Preserve)
		{
			Offset (0x40), PMB, 32,
			Offset (0x60), RUT0, 32,
			Offset (0x68), RUT1, 32,
			Offset (0xF0), RCBA, 32
		}
		Field (LPC, ByteAcc, NoLock, Preserve)
		{
			Offset (0x44), ACTL, 8
		}
	}

	Name (SAVD, Package () { 0, 0, 0, 0, 0, 0, 0 })

	Method (_PTS, 1, Serialized)
	{
		SAVD [0] = \_SB.PCI0.S00.PXB
		SAVD [1] = \_SB.PCI0.S00.PXBH
		SAVD [2] = \_SB.PCI0.SF8.PMB
		SAVD [3] = \_SB.PCI0.SF8.ACTL
		SAVD [4] = \_SB.PCI0.SF8.RUT0
		SAVD [5] = \_SB.PCI0.SF8.RUT1
		SAVD [6] = \_SB.PCI0.SF8.RCBA
	}

	Method (_WAK, 1, Serialized)
	{
		\_SB.PCI0.S00.PXBH = DerefOf (SAVD [1])
		\_SB.PCI0.S00.PXB = DerefOf (SAVD [0])
		\_SB.PCI0.SF8.PMB = DerefOf (SAVD [2])
		\_SB.PCI0.SF8.ACTL = DerefOf (SAVD [3])
		\_SB.PCI0.SF8.RUT0 = DerefOf (SAVD [4])
		\_SB.PCI0.SF8.RUT1 = DerefOf (SAVD [5])
		\_SB.PCI0.SF8.RCBA = DerefOf (SAVD [6])

		/* The kernel has said already that ACPI has the interrupt: say it again */
		OperationRegion (PM1, SystemIO, (DerefOf (SAVD [2]) & 0xFF80) + 4, 2)
		Field (PM1, WordAcc, NoLock, Preserve)
		{
			SCIE, 1
		}
		SCIE = 1
		Return (Package () { 0, 0 })
	}
}
