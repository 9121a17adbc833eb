using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProtocolClients.Transport;

/// <summary>
/// Reserves room on a disk. The platform does this only while it creates a file, when nobody knows the length yet, and by
/// a function of the C library that writes every block where the file system cannot reserve; so Linux is asked directly.
/// </summary>
internal static class DiskRoom
{
    private const int KeepSize = 1;
    private const int NoSpace = 28;

    public static void Reserve(SafeFileHandle file, long length)
    {
        if (length <= 0 || !OperatingSystem.IsLinux()) return;
        if (Allocate(file, KeepSize, 0, length) != 0 && Marshal.GetLastPInvokeError() == NoSpace)
            throw new IOException($"The disk has no room for {length} bytes.");
    }

#pragma warning disable SYSLIB1054 // The generated form needs unsafe code, for one call without anything to marshal but a handle.
    [DllImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Allocate(SafeFileHandle file, int mode, long offset, long length);
#pragma warning restore SYSLIB1054
}
