namespace Kindred.Reranking.Rules;

/// <summary>An expression as it was written, and how to say where in it something is wrong.</summary>
/// <param name="Rule">The name of the rule it belongs to.</param>
internal sealed record RuleText(string Rule, string Text)
{
    /// <param name="at">Where in the text, from 0.</param>
    /// <param name="sentence">Without capital and full stop: it continues after a colon.</param>
    public InputException Error(int at, string sentence) => new(Said(at, sentence));

    /// <returns>As <see cref="Error"/> says it.</returns>
    public string Said(int at, string sentence)
    {
        int line = Text.AsSpan(0, at).Count('\n') + 1, column = at - Text.AsSpan(0, at).LastIndexOf('\n');
        string place = Text.Contains('\n', StringComparison.Ordinal) ? $"line {line}, column {column}" : $"column {column}";
        return $"Rule '{Rule}', {place}: {sentence}.";
    }
}
