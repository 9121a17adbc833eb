using System.Runtime.InteropServices;

namespace ProtocolClients.Transport;

/// <summary>
/// Gives a file a name that must be free, in one step of the kernel's. The platform's own way looks first and renames then: of
/// two processes that look at the same moment the second replaces the first one's file.
/// </summary>
internal static class ExclusiveMove
{
    private const int CurrentFolder = -100;
    private const uint NoReplace = 1;
    private const int FileExists = 17;

    /// <summary>Moves a file to a free name in a folder of the same file system.</summary>
    /// <exception cref="IOException">The name is taken, or another failure.</exception>
    public static void Move(string source, string target)
    {
        if (OperatingSystem.IsLinux())
        {
            ref byte from = ref MemoryMarshal.GetReference(NativeName.Of(source, stackalloc byte[NativeName.Room]));
            ref byte to = ref MemoryMarshal.GetReference(NativeName.Of(target, stackalloc byte[NativeName.Room]));
            try
            {
                if (Rename(CurrentFolder, ref from, CurrentFolder, ref to, NoReplace) == 0) return;
                if (Marshal.GetLastPInvokeError() == FileExists) throw new IOException($"'{target}' exists already.");
            }
            catch (EntryPointNotFoundException)
            {
                // A C library from before 2018.
            }

            // A file system that knows no such flag may know links, which are never made over a name that is taken.
            if (Link(ref from, ref to) == 0)
            {
                File.Delete(source);
                return;
            }

            if (Marshal.GetLastPInvokeError() == FileExists) throw new IOException($"'{target}' exists already.");
        }

        File.Move(source, target, overwrite: false);
    }

#pragma warning disable SYSLIB1054 // The generated form needs unsafe code, for two calls with nothing to marshal but bytes.
    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Rename(int sourceFolder, ref byte source, int targetFolder, ref byte target, uint flags);

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(ref byte source, ref byte target);
#pragma warning restore SYSLIB1054
}
