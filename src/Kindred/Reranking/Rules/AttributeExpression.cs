using Kindred.Data;

namespace Kindred.Reranking.Rules;

/// <summary>Compiles <c>item.year</c>, <c>user.country</c>, <c>context.hour</c>.</summary>
internal static class AttributeExpression
{
    private const string Id = "id";

    /// <summary>What the time of a query says by itself; a column of that name goes before it.</summary>
    private static readonly Dictionary<string, Func<DateTimeOffset, int>> OfTime = new(StringComparer.Ordinal)
    {
        ["hour"] = time => time.Hour,
        ["weekday"] = time => time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek, // ISO 8601: Monday is 1
        ["day"] = time => time.Day,
        ["month"] = time => time.Month,
        ["year"] = time => time.Year,
    };

    /// <exception cref="InputException">There is no such attribute.</exception>
    public static Expression Of(AttributeNode node, RuleColumns columns, RuleText text)
    {
        var expression = node.Scope switch
        {
            Scope.Item => OfItem(node.Name, columns),
            Scope.User => OfUser(node.Name, columns),
            _ => OfContext(node.Name, columns),
        };
        if (expression is TextExpression words) return words with { Name = node.Written };
        return expression ?? throw text.Error(node.At, Missing(node, columns));
    }

    private static Expression? OfItem(string name, RuleColumns columns)
    {
        var items = columns.Items;
        if (items.Numbers.TryGetValue(name, out var numbers))
            return new NumericExpression(true, false, _ => item => numbers.Values.Span[item]);
        if (items.Labels.TryGetValue(name, out var labels))
            return new TextExpression(true, false, _ => item => WordsOf(labels, item)) { ItemLabels = labels, Labels = labels.Labels };
        if (items.Texts.TryGetValue(name, out var texts)) return new TextExpression(true, false, _ => item => WordsOf(texts.Values[item]));
        return name == Id && columns.ItemIds is { } ids ? new TextExpression(true, false, _ => item => [ids.Id(item)]) : null;
    }

    // What the request says of its user goes before what the data knows of them.
    private static Expression? OfUser(string name, RuleColumns columns)
    {
        var users = columns.Users;
        string told = $"user.{name}";
        bool IsKnown(RequestContext request) => (uint)request.User < (uint)users.Count;
        if (users.Numbers.TryGetValue(name, out var numbers))
        {
            return NumericExpression.OfRequest(request =>
                request.Number(told) is var number && !float.IsNaN(number) ? number : IsKnown(request) ? numbers.Values.Span[request.User]
                    : float.NaN);
        }
        if (users.Labels.TryGetValue(name, out var labels))
        {
            return TextExpression.OfRequest(request => request.Labels(told) ?? (IsKnown(request) ? WordsOf(labels, request.User) : []))
                with
            { Labels = labels.Labels };
        }
        if (users.Texts.TryGetValue(name, out var texts))
            return TextExpression.OfRequest(request =>
                request.Labels(told) ?? (IsKnown(request) ? WordsOf(texts.Values[request.User]) : []));
        return name == Id && columns.UserIds is { } ids
            ? TextExpression.OfRequest(request => (uint)request.User < (uint)ids.Count ? [ids.Id(request.User)] : []) : null;
    }

    private static Expression? OfContext(string name, RuleColumns columns)
    {
        var context = columns.Context;
        if (context.Numbers.ContainsKey(name)) return NumericExpression.OfRequest(request => request.Number(name));
        if (context.Labels.TryGetValue(name, out var labels))
            return TextExpression.OfRequest(request => request.Labels(name) ?? []) with { Labels = labels.Labels };
        if (context.Texts.ContainsKey(name)) return TextExpression.OfRequest(request => request.Labels(name) ?? []);
        return OfTime.TryGetValue(name, out var part)
            ? NumericExpression.OfRequest(request => request.Time is { } time ? part(time) : float.NaN) : null;
    }

    private static string Missing(AttributeNode node, RuleColumns columns)
    {
        var (catalog, own) = node.Scope switch
        {
            Scope.Item => (columns.Items, columns.ItemIds is null ? [] : [Id]),
            Scope.User => (columns.Users, columns.UserIds is null ? [] : [Id]),
            _ => (columns.Context, (string[])[.. OfTime.Keys]),
        };
        var columnNames = catalog.Labels.Keys.Concat(catalog.Texts.Keys).Concat(catalog.Numbers.Keys);
        string[] names = [.. columnNames.Concat(own).Distinct().Order(StringComparer.Ordinal)];
        string kind = node.Scope.ToString().ToLowerInvariant();
        return $"there is no {kind} attribute '{node.Name}'; " +
            (names.Length switch { 0 => "nothing is known of it", 1 => $"there is {names[0]}", _ =>
                $"there are {string.Join(", ", names)}" });
    }

    private static string[] WordsOf(string text) => text.Length == 0 ? [] : [text];

    private static string[] WordsOf(LabelColumn column, int row)
    {
        var labels = column[row];
        var words = new string[labels.Length];
        for (int n = 0; n < words.Length; n++) words[n] = column.Labels.Id(labels[n]);
        return words;
    }
}
