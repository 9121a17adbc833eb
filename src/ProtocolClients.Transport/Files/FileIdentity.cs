using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProtocolClients.Transport;

/// <summary>What a handle leads to, whatever its name was: Linux tells it by statx, whose layout is the same on all machines.</summary>
internal static class FileIdentity
{
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const int TypeMask = 0xF000;
    private const int PlainFile = 0x8000;

    /// <summary>A plain file of this process's user under no second name; true where the system does not tell.</summary>
    public static bool IsPlainAndOwn(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) return true;
        byte[] stat = new byte[256];
        try
        {
            if (Stat(file, [0], EmptyPath, BasicStats, stat) != 0) return true;
            uint links = BitConverter.ToUInt32(stat, 16);
            uint user = BitConverter.ToUInt32(stat, 20);
            int type = BitConverter.ToUInt16(stat, 28) & TypeMask;
            return type == PlainFile && links <= 1 && user == UserId();
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2018.
            return true;
        }
    }

#pragma warning disable SYSLIB1054 // The generated form needs unsafe code, for two calls with nothing to marshal but a handle and a buffer.
    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat(SafeFileHandle folder, byte[] path, int flags, uint mask, [Out] byte[] buffer);

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint UserId();
#pragma warning restore SYSLIB1054
}
