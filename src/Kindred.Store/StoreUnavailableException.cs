namespace Kindred.Store;

/// <summary>
/// The store cannot read or write now: the disk is full, the file is locked, the server does not answer. The message is one sentence for a
/// person. Trying again later may succeed.
/// </summary>
public sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException(string message, Exception cause) : base(PlainText.OneLine(message), cause) { }

    public StoreUnavailableException(string message) : base(PlainText.OneLine(message)) { }

    public StoreUnavailableException() { }
}
