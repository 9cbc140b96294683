using System.Text;
using CsCheck;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Reranking.Rules;

namespace Kindred.Tests.Reranking.Rules;

/// <summary>Random expressions against an interpreter that knows nothing of sets, binding and delegates.</summary>
public sealed class ExpressionPropertyTests
{
    private static readonly Gen<int> Seeds = Gen.Int[0, 1_000_000];

    private static readonly string[] Words = ["Comedy", "Drama", "Horror", "nobody", "DE", "US", "Dune", "phone", "a\"b\\c'd", ""];

    private static readonly float[] Numbers = [0, 1, 2.5f, 18, 1990, 2001, 1e-7f, 3e20f];

    [Fact]
    public void Compiled_expressions_hold_where_interpreted_ones_do() => Seeds.Sample(seed =>
    {
        var rng = new Rng((ulong)seed);
        var (node, query) = (Condition(rng, 4), Request(rng));
        int[] expected = [.. Enumerable.Range(0, Shop.Items).Where(item => Holds(node, item, query))];
        Assert.Equal(expected, Shop.Holds(node.ToString(), query));
    }, iter: 3000);

    [Fact]
    public void What_is_printed_is_read_again_as_the_same() => Seeds.Sample(seed =>
    {
        var rng = new Rng((ulong)seed);
        string printed = Condition(rng, 4).ToString();
        Assert.Equal(printed, Parser.Parse(new("test", printed)).ToString());
    });

    [Fact]
    public void Nothing_but_input_exceptions_comes_of_noise() => Gen.Select(Seeds, Gen.Byte.Array[0, 60]).Sample((seed, bytes) =>
    {
        var rng = new Rng((ulong)seed);
        Tolerates(() => Shop.Only(Encoding.Latin1.GetString(bytes)));
        Tolerates(() => Shop.Only(Encoding.Unicode.GetString(bytes)));
        Tolerates(() => Shop.Only(Soup(rng)));
        Tolerates(() => RuleSet.Parse(Encoding.Unicode.GetString(bytes), Shop.Columns));
        var json = new StringBuilder("""
            [{"name": "a", "when": "item.year > 3", "then": "pin at 3", "from": "2026-01-01"}, {"name": "\ud83d\ude00", "then": "filter"}]
            """);
        for (int n = rng.NextInt(4); n >= 0; n--)
            json[rng.NextInt(json.Length)] = (char)(rng.NextInt(3) == 0 ? rng.NextInt(65536) : rng.NextInt(128));
        Tolerates(() => RuleSet.Parse(json.ToString(), Shop.Columns));
        Tolerates(() => RuleSet.Parse(json.ToString(0, rng.NextInt(json.Length)), Shop.Columns));
    }, iter: 3000);

    private static void Tolerates(Action read)
    {
        try
        {
            read();
        }
        catch (InputException error)
        {
            Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        }
    }

    private static string Soup(Rng rng)
    {
        string[] words =
        [
            "item.", "year", "genres", "user.age", "context", "and", "or", "not", "in", "[", "]", ",", "(", ")", "1", "-", "2e", "'a'",
            "has", "between",
            "is", "missing", "=", "`", "\\",
        ];
        return string.Join(
            rng.NextInt(2) == 0 ? " " : "", Enumerable.Range(0, rng.NextInt(20)).Select(_ => words[rng.NextInt(words.Length)]));
    }

    private static Query Request(Rng rng) => Shop.Of(
        rng.NextInt(4) - 1,
        rng.NextInt(3) == 0 ? null : Shop.Friday + rng.NextInt(40_000_000),
        rng.NextInt(2) == 0 ? "phone" : null,
        rng.NextInt(2) == 0 ? Numbers[rng.NextInt(Numbers.Length)] : null,
        rng.NextInt(3) == 0 ? Words[rng.NextInt(Words.Length)] : null);

    private static Node Condition(Rng rng, int depth) => rng.NextInt(depth > 0 ? 10 : 6) switch
    {
        0 => new CompareNode(0, Pick(rng, "=", "!=", "<", "<=", ">", ">="), Number(rng, depth - 1), Number(rng, depth - 1)),
        1 => new CompareNode(0, Pick(rng, "=", "!="), Text(rng), Text(rng)),
        2 => new CompareNode(0, "has", Labels(rng), Text(rng)),
        3 => rng.NextInt(2) == 0
            ? new InNode(0, Number(rng, depth - 1), Several(rng, () => new NumberNode(0, Pick(rng, Numbers) * Pick(rng, -1, .5f, 1))))
            : new InNode(0, Text(rng), Several(rng, () => new TextNode(0, Pick(rng, Words)))),
        4 => new BetweenNode(0, Number(rng, depth - 1), Number(rng, depth - 1), Number(rng, depth - 1)),
        5 => rng.NextInt(5) == 0 ? new TruthNode(0, rng.NextInt(2) == 0)
            : new MissingNode(0, rng.NextInt(2) == 0 ? Number(rng, depth - 1) : Text(rng)),
        6 => new NotNode(0, Condition(rng, depth - 1)),
        _ => new ChainNode(0, rng.NextInt(2) == 0, [.. Enumerable.Range(0, 2 + rng.NextInt(2)).Select(_ => Condition(rng, depth - 1))]),
    };

    private static Node Number(Rng rng, int depth) => rng.NextInt(depth > 0 ? 6 : 4) switch
    {
        0 => new NumberNode(0, Numbers[rng.NextInt(Numbers.Length)]),
        1 => new AttributeNode(0, Scope.Item, Pick(rng, "year", "list price")),
        2 => new AttributeNode(0, Scope.User, "age"),
        3 => new AttributeNode(0, Scope.Context, Pick(rng, "hour", "speed")),
        4 => new NegativeNode(0, Number(rng, depth - 1)),
        _ => new ArithmeticNode(0, Pick(rng, '+', '-', '*', '/'), Number(rng, depth - 1), Number(rng, depth - 1)),
    };

    private static Node Text(Rng rng) => rng.NextInt(4) switch
    {
        0 => new TextNode(0, Words[rng.NextInt(Words.Length)]),
        1 => new AttributeNode(0, Scope.Item, "title"),
        _ => Labels(rng),
    };

    private static AttributeNode Labels(Rng rng) => Pick(rng,
        new AttributeNode(0, Scope.Item, "genres"), new(0, Scope.Item, "country"), new(0, Scope.User, "country"),
        new(0, Scope.Context, "device"));

    private static Node[] Several(Rng rng, Func<Node> make) => [.. Enumerable.Range(0, 1 + rng.NextInt(3)).Select(_ => make())];

    private static T Pick<T>(Rng rng, params T[] some) => some[rng.NextInt(some.Length)];

    private static bool Holds(Node node, int item, Query query) => node switch
    {
        TruthNode truth => truth.Value,
        NotNode not => !Holds(not.Inner, item, query),
        ChainNode { IsAll: true } chain => chain.Parts.All(part => Holds(part, item, query)),
        ChainNode chain => chain.Parts.Any(part => Holds(part, item, query)),
        BetweenNode b => NumberOf(b.Low, item, query) <= NumberOf(b.Value, item, query)
            && NumberOf(b.Value, item, query) <= NumberOf(b.High, item, query),
        InNode choice when IsNumber(choice.Value) => choice.Choices.Any(c => ((NumberNode)c).Value == NumberOf(choice.Value, item, query)),
        InNode choice => choice.Choices.Any(c => WordsOf(choice.Value, item, query).Contains(((TextNode)c).Value)),
        MissingNode missing =>
            IsNumber(missing.Value) ? float.IsNaN(NumberOf(missing.Value, item, query)) : WordsOf(missing.Value, item, query).Length == 0,
        CompareNode c when IsNumber(c.Left) => Compare(c.Operator, NumberOf(c.Left, item, query), NumberOf(c.Right, item, query)),
        CompareNode c => WordsOf(c.Left, item, query).Intersect(WordsOf(c.Right, item, query)).Any() != (c.Operator == "!="),
        _ => throw new InvalidOperationException(),
    };

    private static bool Compare(string comparison, float a, float b) => comparison switch
    {
        "=" => a == b,
        "!=" => a != b,
        "<" => a < b,
        "<=" => a <= b,
        ">" => a > b,
        _ => a >= b,
    };

    private static bool IsNumber(Node node) =>
        node is NumberNode or NegativeNode or ArithmeticNode
            or AttributeNode { Name: "year" or "list price" or "age" or "hour" or "speed" };

    private static float NumberOf(Node node, int item, Query query) => node switch
    {
        NumberNode number => number.Value,
        NegativeNode negative => -NumberOf(negative.Inner, item, query),
        ArithmeticNode { Operator: '+' } sum => NumberOf(sum.Left, item, query) + NumberOf(sum.Right, item, query),
        ArithmeticNode { Operator: '-' } sum => NumberOf(sum.Left, item, query) - NumberOf(sum.Right, item, query),
        ArithmeticNode { Operator: '*' } sum => NumberOf(sum.Left, item, query) * NumberOf(sum.Right, item, query),
        ArithmeticNode sum => NumberOf(sum.Left, item, query) / NumberOf(sum.Right, item, query),
        AttributeNode { Name: "year" } => Shop.Years[item],
        AttributeNode { Name: "list price" } => Shop.Prices[item],
        AttributeNode { Name: "age" } => query.User < 0 ? float.NaN : Shop.Ages[query.User],
        AttributeNode { Name: "speed" } => query.Context!.Numbers.TryGetValue("speed", out float speed) ? speed : float.NaN,
        _ => query.Context!.Time is { } time ? time / 3600 % 24 : float.NaN,
    };

    private static string[] WordsOf(Node node, int item, Query query) => node switch
    {
        TextNode text => [text.Value],
        AttributeNode { Name: "title" } => Shop.Titles[item].Length == 0 ? [] : [Shop.Titles[item]],
        AttributeNode { Name: "genres" } => Shop.Genres[item],
        AttributeNode { Name: "device" } => query.Context!.Labels.TryGetValue("device", out var devices) ? [.. devices] : [],
        AttributeNode { Scope: Scope.Item } => Shop.Countries[item] is { } country ? [country] : [],
        _ => query.Context!.Labels.TryGetValue("user.country", out var told) ? [.. told] : query.User < 0 ? []
            : Shop.UserCountries[query.User]!,
    };
}
