namespace ProtocolClients;

/// <summary>What became of one of many downloads: a result or a failure.</summary>
/// <param name="Request">What was asked for.</param>
public sealed record DownloadOutcome(DownloadRequest Request)
{
    /// <summary>The file; null when it failed.</summary>
    public TransferResult? Result { get; init; }

    /// <summary>Why there is no file; null when there is one.</summary>
    public Exception? Failure { get; init; }

    /// <summary>The result.</summary>
    /// <exception cref="ProtocolClientException">The <see cref="Failure"/>, when there is one; or another exception that it is.</exception>
    public TransferResult GetResult()
    {
        if (Failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(Failure);
        return Result!;
    }
}
