using System.Globalization;
using System.Text;

namespace Kindred.Reranking.Rules;

internal enum TokenKind { End, Number, Text, Name, QuotedName, Symbol }

/// <summary>A word of an expression.</summary>
/// <param name="At">Where it begins, from 0.</param>
/// <param name="Text">A text or a quoted name without its quotes, anything else as written.</param>
internal readonly record struct Token(TokenKind Kind, int At, string Text, float Number = 0)
{
    private const int MostTokens = 2000, MostCharacters = 20_000;

    private static readonly string[] Symbols = ["!=", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/"];

    /// <summary>As an error names it.</summary>
    public string Found =>
        Kind == TokenKind.End ? "the end" : $"{(Kind == TokenKind.Text ? "the text " : "")}'{PlainText.Shorten(Text)}'";

    /// <returns>The words of the expression; the last one is its end.</returns>
    public static List<Token> Read(RuleText text)
    {
        if (text.Text.Length > MostCharacters)
            throw text.Error(0, $"the condition is longer than {MostCharacters} characters; make several rules of it");
        var tokens = new List<Token>();
        int at = 0;
        while (true)
        {
            while (at < text.Text.Length && char.IsWhiteSpace(text.Text[at])) at++;
            if (at == text.Text.Length) break;
            tokens.Add(Next(text, ref at));
            if (tokens.Count > MostTokens) throw text.Error(at, $"there are more than {MostTokens} words; make several rules of it");
        }
        tokens.Add(new(TokenKind.End, at, ""));
        return tokens;
    }

    private static Token Next(RuleText text, ref int at)
    {
        string all = text.Text;
        int start = at;
        char first = all[at];
        if (first is '"' or '\'') return new(TokenKind.Text, start, Quoted(text, ref at));
        if (first == '`') return new(TokenKind.QuotedName, start, Quoted(text, ref at));
        if (char.IsAsciiDigit(first)) return Digits(text, ref at);
        if (char.IsLetter(first) || first == '_')
        {
            while (at < all.Length && (char.IsLetterOrDigit(all[at]) || all[at] == '_')) at++;
            return new(TokenKind.Name, start, all[start..at]);
        }
        foreach (string symbol in Symbols)
        {
            if (string.CompareOrdinal(all, at, symbol, 0, symbol.Length) != 0) continue;
            at += symbol.Length;
            return new(TokenKind.Symbol, start, symbol);
        }
        throw text.Error(at, $"'{first}' means nothing here; there are {string.Join(' ', Symbols)}, and, or, not, has, in, between, is, " +
            $"missing");
    }

    private static Token Digits(RuleText text, ref int at)
    {
        string all = text.Text;
        int start = at;
        SkipDigits(all, ref at);
        if (at + 1 < all.Length && all[at] == '.' && char.IsAsciiDigit(all[at + 1]))
        {
            at++;
            SkipDigits(all, ref at);
        }
        if (at < all.Length && all[at] is 'e' or 'E')
        {
            int exponent = at + 1;
            if (exponent < all.Length && all[exponent] is '+' or '-') exponent++;
            if (exponent < all.Length && char.IsAsciiDigit(all[exponent])) SkipDigits(all, ref exponent);
            at = exponent;
        }
        bool isNumber = float.TryParse(all.AsSpan(start, at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out float number);
        return isNumber && float.IsFinite(number)
            ? new(TokenKind.Number, start, all[start..at], number)
            : throw text.Error(start, $"'{PlainText.Shorten(all[start..at])}' is not a number, or too large");
    }

    private static void SkipDigits(string all, ref int at)
    {
        while (at < all.Length && char.IsAsciiDigit(all[at])) at++;
    }

    // A backslash takes what follows it as it is.
    private static string Quoted(RuleText text, ref int at)
    {
        string all = text.Text;
        int start = at;
        char quote = all[at++];
        var inner = new StringBuilder();
        while (at < all.Length && all[at] != quote)
        {
            if (all[at] == '\\') at++;
            if (at < all.Length) inner.Append(all[at++]);
        }
        if (at == all.Length) throw text.Error(start, $"what begins with {quote} here has no {quote} at its end");
        at++;
        return inner.ToString();
    }
}
