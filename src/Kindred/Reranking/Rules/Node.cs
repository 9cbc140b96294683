using System.Globalization;

namespace Kindred.Reranking.Rules;

/// <summary>Whose attribute.</summary>
internal enum Scope { Item, User, Context }

/// <summary>A part of an expression as it was written; printed, it can be read again.</summary>
/// <param name="At">Where it begins in the text, from 0.</param>
internal abstract record Node(int At)
{
    public sealed override string ToString() => this switch
    {
        NumberNode number => number.Value.ToString("R", CultureInfo.InvariantCulture),
        TextNode text => Quoted(text.Value, '"'),
        TruthNode truth => truth.Value ? "true" : "false",
        AttributeNode attribute => attribute.Written,
        NotNode not => $"not {Inside(not.Inner)}",
        ChainNode chain => string.Join(chain.IsAll ? " and " : " or ", chain.Parts.Select(Inside)),
        CompareNode compare => $"{Inside(compare.Left)} {compare.Operator} {Inside(compare.Right)}",
        InNode choice => $"{Inside(choice.Value)} in [{string.Join(", ", choice.Choices)}]",
        BetweenNode range => $"{Inside(range.Value)} between {Inside(range.Low)} and {Inside(range.High)}",
        MissingNode missing => $"{Inside(missing.Value)} is missing",
        ArithmeticNode { Left: ArithmeticNode left } sum when left.Binds >= sum.Binds => $"{left} {sum.Operator} {Inside(sum.Right)}",
        ArithmeticNode sum => $"{Inside(sum.Left)} {sum.Operator} {Inside(sum.Right)}",
        NegativeNode negative => $"-{Inside(negative.Inner)}",
        _ => throw new InvalidOperationException(GetType().Name),
    };

    protected static string Quoted(string text, char quote) =>
        quote + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace($"{quote}", $"\\{quote}", StringComparison.Ordinal) + quote;

    private static string Inside(Node node) => node is NumberNode or TextNode or TruthNode or AttributeNode ? node.ToString() : $"({node})";
}

internal sealed record NumberNode(int At, float Value) : Node(At);

internal sealed record TextNode(int At, string Value) : Node(At);

internal sealed record TruthNode(int At, bool Value) : Node(At);

internal sealed record AttributeNode(int At, Scope Scope, string Name) : Node(At)
{
    public string Written
    {
        get
        {
            bool isPlain = Name.Length > 0 && (char.IsLetter(Name[0]) || Name[0] == '_')
                && Name.All(c => char.IsLetterOrDigit(c) || c == '_');
            return $"{Scope.ToString().ToLowerInvariant()}.{(isPlain ? Name : Quoted(Name, '`'))}";
        }
    }
}

internal sealed record NotNode(int At, Node Inner) : Node(At);

/// <summary>Several parts with <c>and</c> (all) or <c>or</c> between them.</summary>
internal sealed record ChainNode(int At, bool IsAll, IReadOnlyList<Node> Parts) : Node(At);

/// <param name="Operator"><c>= != &lt; &lt;= > >= has</c></param>
internal sealed record CompareNode(int At, string Operator, Node Left, Node Right) : Node(At);

internal sealed record InNode(int At, Node Value, IReadOnlyList<Node> Choices) : Node(At);

internal sealed record BetweenNode(int At, Node Value, Node Low, Node High) : Node(At);

internal sealed record MissingNode(int At, Node Value) : Node(At);

/// <param name="Operator"><c>+ - * /</c></param>
internal sealed record ArithmeticNode(int At, char Operator, Node Left, Node Right) : Node(At)
{
    public int Binds => Operator is '*' or '/' ? 2 : 1;
}

internal sealed record NegativeNode(int At, Node Inner) : Node(At);
