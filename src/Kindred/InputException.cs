namespace Kindred;

/// <summary>
/// What the caller gave — a file, an option, an id — cannot be used. The message is one sentence for a person: what, where, what to do.
/// </summary>
public sealed class InputException : Exception
{
    public InputException(string message) : base(message) { }

    public InputException(string message, Exception cause) : base(message, cause) { }

    public InputException() { }
}
