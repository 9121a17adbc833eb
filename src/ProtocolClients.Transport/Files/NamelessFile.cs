using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProtocolClients.Transport;

/// <summary>
/// A file that has no name yet (Linux, O_TMPFILE). It goes by itself when its process ends, however that ends; nobody can swap it for
/// another; and its folder is changed once instead of twice, which was a tenth of what a small file costs.
/// </summary>
internal static class NamelessFile
{
    private const int CurrentFolder = -100;
    private const int FollowLinks = 0x400;
    private const int EmptyPath = 0x1000;
    private const int FileExists = 17;

    // 0666: what the user's mask leaves of it.
    private const int AnyMode = 0x1B6;

    private static readonly int Flags = FlagsHere();
    private static string? _proven;

    // Older kernels name a file by its handle only for the mighty, and by its entry in /proc for all, which takes three times as long.
    private static volatile bool _byHandle = true;

    /// <summary>Makes a file in a folder; null where the file system or the machine cannot, or would not let it be named.</summary>
    /// <param name="folder">The folder that it shall have its name in.</param>
    public static SafeFileHandle? TryCreate(string folder)
    {
        if (Flags == 0) return null;
        Span<byte> name = NativeName.Of(folder, stackalloc byte[NativeName.Room]);
        // A download that is whole and may not be named would be lost: one that is empty is named first, and taken away again.
        if (!string.Equals(Volatile.Read(ref _proven), folder, StringComparison.Ordinal))
        {
            if (!IsNamed(name, folder)) return null;
            Volatile.Write(ref _proven, folder);
        }

        return Open(name);
    }

    /// <summary>Gives it a name; false when that is taken.</summary>
    /// <exception cref="IOException">It cannot have that name.</exception>
    public static bool TryName(SafeFileHandle file, string path) => TryName(file, path, _byHandle);

    /// <summary>As the other one.</summary>
    internal static bool TryName(SafeFileHandle file, string path, bool byHandle)
    {
        int error = Link(file, path, byHandle);
        if (error is 0 or FileExists) return error == 0;
        throw new IOException($"'{path}' cannot be made: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    private static ReadOnlySpan<byte> Empty => [0];

    private static bool IsNamed(ReadOnlySpan<byte> name, string folder)
    {
        using SafeFileHandle? file = Open(name);
        if (file is null) return false;
        string path = Path.Combine(folder, PartNames.Hidden());
        if (!_byHandle || Link(file, path, byHandle: true) != 0)
        {
            _byHandle = false;
            if (Link(file, path, byHandle: false) != 0) return false;
        }

        File.Delete(path);
        return true;
    }

    private static SafeFileHandle? Open(ReadOnlySpan<byte> folder)
    {
        int file = Open(ref MemoryMarshal.GetReference(folder), Flags, AnyMode);
        return file < 0 ? null : new SafeFileHandle(file, ownsHandle: true);
    }

    private static int Link(SafeFileHandle file, string path, bool byHandle)
    {
        int handle = (int)file.DangerousGetHandle();
        ref byte name = ref MemoryMarshal.GetReference(NativeName.Of(path, stackalloc byte[NativeName.Room]));
        bool isDone;
        if (byHandle)
        {
            isDone = Link(handle, ref MemoryMarshal.GetReference(Empty), CurrentFolder, ref name, EmptyPath) == 0;
        }
        else
        {
            Span<byte> entry = NativeName.Of(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{handle}"), stackalloc byte[NativeName.Room]);
            isDone = Link(CurrentFolder, ref MemoryMarshal.GetReference(entry), CurrentFolder, ref name, FollowLinks) == 0;
        }

        return isDone ? 0 : Marshal.GetLastPInvokeError();
    }

    // O_TMPFILE | O_DIRECTORY | O_RDWR | O_CLOEXEC; the second is another bit on each kind of machine.
    private static int FlagsHere()
    {
        const int Common = 0x400000 | 0x2 | 0x80000;
        if (!OperatingSystem.IsLinux()) return 0;
        return RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => Common | 0x10000,
            Architecture.Arm64 => Common | 0x4000,
            _ => 0,
        };
    }

#pragma warning disable SYSLIB1054 // The generated form needs unsafe code, for two calls with nothing to marshal but bytes.
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(ref byte path, int flags, int mode);

    [DllImport("libc", EntryPoint = "linkat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(int sourceFolder, ref byte source, int targetFolder, ref byte target, int flags);
#pragma warning restore SYSLIB1054
}
