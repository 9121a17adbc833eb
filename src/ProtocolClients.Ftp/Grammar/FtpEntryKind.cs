namespace ProtocolClients;

/// <summary>What an entry of a listing is.</summary>
public enum FtpEntryKind
{
    /// <summary>The server does not say.</summary>
    Unknown,

    /// <summary>A file.</summary>
    File,

    /// <summary>A directory, or what can be listed like one.</summary>
    Directory,

    /// <summary>A symbolic link, a junction: what stands behind it is not known.</summary>
    Link,

    /// <summary>Something else: a device, a socket, an object of the server's system.</summary>
    Other,
}

/// <summary>How exactly a listing tells a time.</summary>
public enum FtpTimePrecision
{
    /// <summary>There is no time.</summary>
    None,

    /// <summary>The day: its hours are not known, the value is its beginning.</summary>
    Day,

    /// <summary>The minute.</summary>
    Minute,

    /// <summary>The second.</summary>
    Second,

    /// <summary>A fraction of a second, of up to three digits.</summary>
    Millisecond,

    /// <summary>A fraction of a second, of more than three digits; what is finer than 100 ns is cut off.</summary>
    Tick,
}
