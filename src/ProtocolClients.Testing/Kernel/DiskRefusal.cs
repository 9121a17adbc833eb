namespace ProtocolClients.Testing;

/// <summary>What the disk below a mock server refuses, in the words of a server: no path of this machine in them.</summary>
internal static class DiskRefusal
{
    public static bool Is(Exception failure) => failure is UnauthorizedAccessException or IOException;

    public static string Told(Exception failure) => failure switch
    {
        UnauthorizedAccessException => "Permission denied.",
        FileNotFoundException or DirectoryNotFoundException => "No such file or directory, or none can be made there.",
        PathTooLongException => "The name is too long.",
        _ => "The disk refuses that.",
    };
}
