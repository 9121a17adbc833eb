namespace ProtocolClients;

/// <summary>What is done about a file that has a transfer's final name already.</summary>
public enum ExistingFile
{
    /// <summary>It stays: the transfer fails before anything is moved: a download with an <see cref="IOException"/>.</summary>
    Fail,

    /// <summary>It is replaced, in one step, once the new one is whole.</summary>
    Overwrite,

    /// <summary>Nothing is done, and that is a success: <see cref="TransferOutcome.Skipped"/>.</summary>
    Skip,

    /// <summary>It stays, and the new one gets the next name that is free: <c>name (1).ext</c>, <c>name (2).ext</c> …</summary>
    Rename,
}
