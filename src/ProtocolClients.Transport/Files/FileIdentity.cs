using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProtocolClients.Transport;

/// <summary>What a handle leads to, whatever its name was: Linux tells it by statx, whose layout is the same on all machines.</summary>
internal static class FileIdentity
{
    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const int NotBehindLinks = 0x100;
    private const uint BasicStats = 0x7ff;
    private const int TypeMask = 0xF000;
    private const int PlainFile = 0x8000;

    // struct statx: the file's number, and the two halves of its device's.
    private const int StatSize = 256;
    private const int Number = 32;
    private const int Device = 136;

    /// <summary>A plain file of this process's user under no second name; true where the system does not tell.</summary>
    public static bool IsPlainAndOwn(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) return true;
        Span<byte> stat = stackalloc byte[StatSize];
        try
        {
            if (Stat(file, ref MemoryMarshal.GetReference(Empty), EmptyPath, BasicStats, ref MemoryMarshal.GetReference(stat)) != 0) return true;
            uint links = BitConverter.ToUInt32(stat[16..]);
            uint user = BitConverter.ToUInt32(stat[20..]);
            return IsPlain(stat) && links <= 1 && user == UserId();
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2018.
            return true;
        }
    }

    /// <summary>Whether a name leads, by no link of its own, to the plain file that is open; false where the system does not tell.</summary>
    public static bool IsAt(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsLinux()) return false;
        Span<byte> open = stackalloc byte[StatSize];
        Span<byte> named = stackalloc byte[StatSize];
        Span<byte> name = NativeName.Of(path, stackalloc byte[NativeName.Room]);
        try
        {
            return Stat(file, ref MemoryMarshal.GetReference(Empty), EmptyPath, BasicStats, ref MemoryMarshal.GetReference(open)) == 0
                && StatAt(CurrentFolder, ref MemoryMarshal.GetReference(name), NotBehindLinks, BasicStats, ref MemoryMarshal.GetReference(named)) == 0
                && IsPlain(named)
                && open.Slice(Number, sizeof(ulong)).SequenceEqual(named.Slice(Number, sizeof(ulong)))
                && open.Slice(Device, sizeof(ulong)).SequenceEqual(named.Slice(Device, sizeof(ulong)));
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static ReadOnlySpan<byte> Empty => [0];

    private static bool IsPlain(ReadOnlySpan<byte> stat) => (BitConverter.ToUInt16(stat[28..]) & TypeMask) == PlainFile;

#pragma warning disable SYSLIB1054 // The generated form needs unsafe code, for two calls with nothing to marshal but a handle and a buffer.
    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat(SafeFileHandle file, ref byte path, int flags, uint mask, ref byte buffer);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatAt(int folder, ref byte path, int flags, uint mask, ref byte buffer);

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint UserId();
#pragma warning restore SYSLIB1054
}
