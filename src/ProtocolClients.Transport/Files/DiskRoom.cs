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

    /// <summary>Reserves room for a file that is to have so many bytes.</summary>
    /// <param name="folder">The file's folder.</param>
    /// <param name="file">The file.</param>
    /// <param name="length">The bytes that it is to have.</param>
    /// <exception cref="IOException">There is not so much room.</exception>
    public static void Reserve(string folder, SafeFileHandle file, long length)
    {
        if (length <= 0 || !OperatingSystem.IsLinux()) return;
        // A file system in memory would clear every page that is about to be written: a fifth of the time of a fast download.
        var drive = new DriveInfo(folder);
        bool isFull = drive.DriveFormat == "tmpfs"
            ? drive.AvailableFreeSpace < length - RandomAccess.GetLength(file)
            : Allocate(file, KeepSize, 0, length) != 0 && Marshal.GetLastPInvokeError() == NoSpace;
        if (isFull) throw new IOException($"The disk has no room for {length} bytes.");
    }

#pragma warning disable SYSLIB1054 // The generated form needs unsafe code, for one call without anything to marshal but a handle.
    [DllImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Allocate(SafeFileHandle file, int mode, long offset, long length);
#pragma warning restore SYSLIB1054
}
