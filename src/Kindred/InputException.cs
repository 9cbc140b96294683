namespace Kindred;

/// <summary>
/// What the caller gave — a file, an option, an id — cannot be used. The message is one sentence for a person: what, where, what to do.
/// Control characters in it, which may come from an id or a path, are escaped: see <see cref="PlainText.OneLine"/>.
/// </summary>
public sealed class InputException : Exception
{
    public InputException(string message) : base(PlainText.OneLine(message)) { }

    public InputException(string message, Exception cause) : base(PlainText.OneLine(message), cause) { }

    public InputException() { }
}
