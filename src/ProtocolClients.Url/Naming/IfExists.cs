namespace ProtocolClients;

/// <summary>What is done about a file that has the name of the one to be written. None of these leaves a moment in which another process could slip in.</summary>
public enum IfExists
{
    /// <summary>The download fails, before anything is asked for: what is there stays as it is.</summary>
    Fail,

    /// <summary>Nothing is done, and that is a success.</summary>
    Skip,

    /// <summary>The new file gets the next free name: <c>name (1).ext</c>, <c>name (2).ext</c> …</summary>
    Rename,

    /// <summary>The old file is replaced in one step, once the new one is whole.</summary>
    Overwrite,
}

/// <summary>Where the name of a downloaded file comes from, when the caller names a folder only.</summary>
public enum FileNaming
{
    /// <summary>The last segment of the URL that the caller gave, wherever redirects lead; the server has no say.</summary>
    Url,

    /// <summary>
    /// The server's Content-Disposition, when whoever answers is of the origin that the caller named; else as <see cref="Url"/>.
    /// </summary>
    ContentDisposition,

    /// <summary>
    /// The Content-Disposition of whoever answers, else the last segment of the URL that answered. Any host on the way chooses the name
    /// (CVE-2010-2252, CVE-2016-4971): only one file in the folder, but which.
    /// </summary>
    Redirected,
}
