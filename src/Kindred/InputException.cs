namespace Kindred;

/// <summary>
/// What the caller gave — a file, an option, an id — cannot be used. The message is one sentence for a person: what, where, what to do.
/// Control characters in it, which may come from an id or a path, are escaped: see <see cref="PlainText.OneLine"/>.
/// </summary>
/// <remarks>
/// Programs may catch it as an <see cref="ArgumentException"/>; <see cref="ParamName"/> is the option, where it is about one.
/// </remarks>
public sealed class InputException : ArgumentException
{
    public InputException(string message) : base(PlainText.OneLine(message)) { }

    public InputException(string message, Exception cause) : base(PlainText.OneLine(message), cause) { }

    /// <param name="option">The property that has the value, as <c>nameof</c> writes it.</param>
    public InputException(string message, string option) : base(PlainText.OneLine(message)) => ParamName = option;

    public InputException() { }

    /// <summary>The property whose value cannot be used; null: the message is not about one. It is not added to the message.</summary>
    public override string? ParamName { get; }
}
