namespace Kindred.Reranking.Rules;

/// <summary>Reads an expression by recursive descent; docs/reranking.md has its grammar.</summary>
internal sealed class Parser
{
    private const int MostNested = 64;

    private readonly RuleText _text;
    private readonly List<Token> _tokens;
    private int _next, _nested;

    private Parser(RuleText text) => (_text, _tokens) = (text, Token.Read(text));

    private Token Current => _tokens[_next];

    /// <exception cref="InputException">Not an expression.</exception>
    public static Node Parse(RuleText text)
    {
        var parser = new Parser(text);
        var node = parser.Any();
        return parser.Current.Kind == TokenKind.End ? node : throw parser.Expected("and, or, or the end");
    }

    private Node Any() => Chain("or", isAll: false, All);

    private Node All() => Chain("and", isAll: true, Not);

    private Node Chain(string word, bool isAll, Func<Node> part)
    {
        var parts = new List<Node> { part() };
        while (TryTake(TokenKind.Name, word)) parts.Add(part());
        return parts.Count == 1 ? parts[0] : new ChainNode(parts[0].At, isAll, parts);
    }

    private Node Not()
    {
        int at = Current.At;
        return TryTake(TokenKind.Name, "not") ? new NotNode(at, Nested(Not)) : Comparison();
    }

    private Node Comparison()
    {
        var left = Sum();
        if (Current is { Kind: TokenKind.Symbol, Text: "=" or "!=" or "<" or "<=" or ">" or ">=" } token)
        {
            _next++;
            return new CompareNode(left.At, token.Text, left, Sum());
        }
        if (TryTake(TokenKind.Name, "is"))
        {
            bool isNot = TryTake(TokenKind.Name, "not");
            if (!TryTake(TokenKind.Name, "missing")) throw Expected("missing");
            return Turned(isNot, new MissingNode(left.At, left));
        }
        bool turned = TryTake(TokenKind.Name, "not");
        if (TryTake(TokenKind.Name, "has")) return Turned(turned, new CompareNode(left.At, "has", left, Sum()));
        if (TryTake(TokenKind.Name, "in")) return Turned(turned, new InNode(left.At, left, Choices()));
        if (TryTake(TokenKind.Name, "between"))
        {
            var low = Sum();
            if (!TryTake(TokenKind.Name, "and")) throw Expected("and, as in between 18 and 23");
            return Turned(turned, new BetweenNode(left.At, left, low, Sum()));
        }
        return turned ? throw Expected("in, has or between") : left;
    }

    private static Node Turned(bool isNot, Node node) => isNot ? new NotNode(node.At, node) : node;

    private List<Node> Choices()
    {
        if (!TryTake(TokenKind.Symbol, "[")) throw Expected("a list, as in [1, 2] or [\"a\", \"b\"]");
        var choices = new List<Node>();
        do
        {
            int at = Current.At;
            bool isNegative = TryTake(TokenKind.Symbol, "-");
            var token = Current;
            if (token.Kind != TokenKind.Number && (isNegative || token.Kind != TokenKind.Text)) throw Expected("a number or a text");
            _next++;
            choices.Add(token.Kind == TokenKind.Text ? new TextNode(at, token.Text)
                : new NumberNode(at, isNegative ? -token.Number : token.Number));
        }
        while (TryTake(TokenKind.Symbol, ","));
        return TryTake(TokenKind.Symbol, "]") ? choices : throw Expected("',' or ']'");
    }

    private Node Sum() => Arithmetic("+", "-", Product);

    private Node Product() => Arithmetic("*", "/", Signed);

    private Node Arithmetic(string first, string second, Func<Node> operand)
    {
        var left = operand();
        while (Current is { Kind: TokenKind.Symbol } token && (token.Text == first || token.Text == second))
        {
            _next++;
            left = new ArithmeticNode(left.At, token.Text[0], left, operand());
        }
        return left;
    }

    private Node Signed()
    {
        int at = Current.At;
        return TryTake(TokenKind.Symbol, "-") ? new NegativeNode(at, Nested(Signed)) : Primary();
    }

    private Node Primary()
    {
        var token = Current;
        if (TryTake(TokenKind.Symbol, "("))
        {
            var inner = Nested(Any);
            return TryTake(TokenKind.Symbol, ")") ? inner : throw Expected("')'");
        }
        if (token.Kind is not (TokenKind.Number or TokenKind.Text or TokenKind.Name))
            throw Expected("a value: an attribute such as item.year, a number, a text or '('");
        _next++;
        return token switch
        {
            { Kind: TokenKind.Number } => new NumberNode(token.At, token.Number),
            { Kind: TokenKind.Text } => new TextNode(token.At, token.Text),
            { Text: "true" or "false" } => new TruthNode(token.At, token.Text == "true"),
            { Text: "item" } => Attribute(token.At, Scope.Item),
            { Text: "user" } => Attribute(token.At, Scope.User),
            { Text: "context" } => Attribute(token.At, Scope.Context),
            _ => throw _text.Error(token.At,
                $"expected a value, found '{token.Text}'; attributes begin with item., user. or context., and texts stand in quotes"),
        };
    }

    private AttributeNode Attribute(int at, Scope scope)
    {
        if (!TryTake(TokenKind.Symbol, "."))
            throw Expected($"'.' and the name of an attribute of the {scope.ToString().ToLowerInvariant()}");
        if (Current.Kind is not (TokenKind.Name or TokenKind.QuotedName))
            throw Expected("the name of an attribute; unusual ones stand in `backquotes`");
        return new(at, scope, _tokens[_next++].Text);
    }

    private Node Nested(Func<Node> inner)
    {
        if (++_nested > MostNested) throw _text.Error(Current.At, $"more than {MostNested} levels are inside each other");
        var node = inner();
        _nested--;
        return node;
    }

    private bool TryTake(TokenKind kind, string text)
    {
        if (Current.Kind != kind || Current.Text != text) return false;
        _next++;
        return true;
    }

    private InputException Expected(string what) => _text.Error(Current.At, $"expected {what}, found {Current.Found}");
}
