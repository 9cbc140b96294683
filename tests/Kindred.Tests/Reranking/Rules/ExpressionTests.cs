using Kindred.Models;

namespace Kindred.Tests.Reranking.Rules;

public sealed class ExpressionTests
{
    /// <summary>User 0: DE, 12 years; on a phone, Friday 2026-01-02 20:30; speed unknown.</summary>
    private static readonly Query Child = Shop.Of(0, Shop.Friday, "phone");

    [Theory]
    [InlineData("true", 0, 1, 2, 3, 4, 5, 6, 7)]
    [InlineData("false")]
    [InlineData("item.genres has \"Comedy\"", 0, 4, 5, 7)]
    [InlineData("item.genres = 'Comedy'", 0, 4, 5, 7)]
    [InlineData("item.genres has \"Comedy\" and item.year >= 1990 and user.country = \"DE\" and context.hour between 18 and 23", 0, 5)]
    [InlineData("item.genres in ['Horror', \"Sci-Fi\"]", 1, 5, 6)]
    [InlineData("item.genres not in ['Horror', 'Comedy']", 2, 3, 6)] // what has no genre has none of these
    [InlineData("item.genres != 'Drama'", 1, 2, 4, 6, 7)]
    [InlineData("not item.genres has 'Drama' and item.year > 0", 1, 6, 7)] // not binds tighter than and
    [InlineData("item.year = 1990 or item.year = 2020 and false", 0, 5)] // and binds tighter than or
    [InlineData("(item.year = 1990 or item.year = 2020) and false")]
    [InlineData("item.year < 1990", 4, 7)]
    [InlineData("item.year <= 1990", 0, 4, 5, 7)]
    [InlineData("item.year != 1990", 1, 2, 3, 4, 6, 7)] // unknown is not 1990
    [InlineData("item.year in [-3, 2001, 1975.5]", 3, 4, 7)]
    [InlineData("item.year between 1990 and 2001", 0, 1, 3, 5)]
    [InlineData("item.year not between 1990 and 2001", 2, 4, 6, 7)]
    [InlineData("item.year is missing", 2)]
    [InlineData("item.genres is not missing", 0, 1, 3, 4, 5, 6, 7)]
    [InlineData("item.title is missing", 2)]
    [InlineData("item.title = 'Dune'", 3, 6)]
    [InlineData("item.`list price` = 0.1", 0)]
    [InlineData("item.`list price` * 2 + 1 >= -1 * -15", 4, 6)]
    [InlineData("item.year / 10 - 100 = 102", 6)]
    [InlineData("2 + 3 * 4 = 14 and 2 - 3 - 4 = -5 and 8 / 4 / 2 = 1 and -(2) = 0 - 2 and item.id = 'i3'", 3)]
    [InlineData("0 / 0 is missing and item.id in ['i1', 'nobody']", 1)]
    [InlineData("item.country = user.country", 0, 5)]
    [InlineData("user.country = item.country", 0, 5)]
    [InlineData("item.country != user.country", 1, 2, 3, 4, 6, 7)]
    [InlineData("context.year - item.year > 30", 0, 1, 4, 5, 7)]
    [InlineData("user.age < 18 and item.genres has 'Horror'", 1, 5)]
    [InlineData("user.id = 'ann' and context.weekday = 5 and context.day = 2 and context.month = 1 and item.year = 2020", 6)]
    [InlineData("context.device = 'phone' and item.year = 2020", 6)]
    [InlineData("context.speed is missing and item.year = 2020", 6)]
    [InlineData("context.speed > 0 or context.speed <= 0")]
    [InlineData("item.genres has\n'Sci-Fi'", 6)]
    [InlineData("item.title = 'a\\'b' or item.title = \"It\"", 1)]
    public void An_expression_holds_for_the_items_it_describes(string expression, params int[] items) =>
        Assert.Equal(items, Shop.Holds(expression, Child));

    [Fact]
    public void What_the_request_says_of_its_user_goes_before_what_is_known()
    {
        Assert.Equal([4], Shop.Holds("item.country = user.country", Shop.Of(0, country: "FR")));
        Assert.Equal([1, 2, 4, 7], Shop.Holds("item.country = user.country", Shop.Of(2)));
        Assert.Equal([6], Shop.Holds("item.country = user.country", Shop.Of(-1, country: "JP"))); // nobody known
        Assert.Equal([], Shop.Holds("item.country = user.country", Shop.Of(-1)));
        Assert.Equal([], Shop.Holds("user.age > 0", Shop.Of(-1)));
    }

    [Fact]
    public void Without_a_context_nothing_is_known_of_the_moment()
    {
        Assert.Equal([], Shop.Holds("context.hour >= 0 or context.device = 'tv' or user.id = 'ann'", new(-1, default)));
        Assert.Equal(8, Shop.Holds("context.hour is missing and context.device is missing", Shop.Of(0, time: long.MaxValue)).Length);
    }

    [Theory]
    [InlineData("item.genre has 'x'",
        "column 1: there is no item attribute 'genre'; there are country, genres, id, list price, title, year.")]
    [InlineData("true and user.gender = 'f'", "column 10: there is no user attribute 'gender'; there are age, country, id.")]
    [InlineData("context.time > 3",
        "column 1: there is no context attribute 'time'; there are day, device, hour, month, speed, weekday, year.")]
    [InlineData("genres has 'x'",
        "column 1: expected a value, found 'genres'; attributes begin with item., user. or context., and texts stand in quotes.")]
    [InlineData("item", "column 5: expected '.' and the name of an attribute of the item, found the end.")]
    [InlineData("item.3", "column 6: expected the name of an attribute; unusual ones stand in `backquotes`, found '3'.")]
    [InlineData("", "column 1: expected a value: an attribute such as item.year, a number, a text or '(', found the end.")]
    [InlineData("item.year >", "column 12: expected a value: an attribute such as item.year, a number, a text or '(', found the end.")]
    [InlineData("item.year", "column 1: expected a condition such as item.year >= 1990, found a number.")]
    [InlineData("not 'a'", "column 5: expected a condition such as item.year >= 1990, found a text.")]
    [InlineData("item.year = 'new'", "column 13: a number cannot be compared with a text.")]
    [InlineData("item.genres > 3", "column 15: labels cannot be compared with a number.")]
    [InlineData("item.genres > 'a'", "column 1: > compares numbers, but this is labels.")]
    [InlineData("item.title has 'a'", "column 1: has asks for one of several labels, but this is a text.")]
    [InlineData("item.year in ['a']", "column 15: the list must hold what is looked for, a number.")]
    [InlineData("item.genres in ['a', 3]", "column 22: the list must hold what is looked for, labels.")]
    [InlineData("(item.year = 3) in [3]", "column 2: in looks for a number or a text, found a condition.")]
    [InlineData("item.year in []", "column 15: expected a number or a text, found ']'.")]
    [InlineData("item.year in [1 2]", "column 17: expected ',' or ']', found '2'.")]
    [InlineData("item.year in 3", "column 14: expected a list, as in [1, 2] or [\"a\", \"b\"], found '3'.")]
    [InlineData("item.year between 'a' and 3", "column 19: expected a number, found a text.")]
    [InlineData("item.year between 1", "column 20: expected and, as in between 18 and 23, found the end.")]
    [InlineData("item.year not 3", "column 15: expected in, has or between, found '3'.")]
    [InlineData("item.year is 3", "column 14: expected missing, found '3'.")]
    [InlineData("(item.year = 3) is missing", "column 2: a condition is never missing.")]
    [InlineData("(item.year = 3", "column 15: expected ')', found the end.")]
    [InlineData("item.year = 3 item.year = 4", "column 15: expected and, or, or the end, found 'item'.")]
    [InlineData("item.year == 3", "column 12: expected a value: an attribute such as item.year, a number, a text or '(', found '='.")]
    [InlineData("item.year = 3 && true",
        "column 15: '&' means nothing here; there are != <= >= = < > ( ) [ ] , . + - * /, and, or, not, has, in, between, is, missing.")]
    [InlineData("item.title = 'a", "column 14: what begins with ' here has no ' at its end.")]
    [InlineData("item.year = 1e99", "column 13: '1e99' is not a number, or too large.")]
    [InlineData("item.year = 3\n  and item.yaer = 4",
        "line 2, column 7: there is no item attribute 'yaer'; there are country, genres, id, list price, title, year.")]
    public void What_is_wrong_is_said_with_its_place(string expression, string sentence) =>
        Assert.Equal($"Rule 'test', {sentence}", Assert.Throws<InputException>(() => Shop.Only(expression)).Message);

    /// <summary>Texts, labels and words of the request, in long lists on either side.</summary>
    [Fact]
    public void Long_lists_hold_for_what_short_ones_do()
    {
        string many = string.Join(", ", Enumerable.Range(0, 900).Select(n => $"'x{n}'"));
        Assert.Equal(Shop.Holds("item.title in ['Dune', 'Up']", Child), Shop.Holds($"item.title in [{many}, 'Dune', 'Up']", Child));
        Assert.Equal(Shop.Holds("item.genres in ['Drama']", Child), Shop.Holds($"item.genres in [{many}, 'Drama']", Child));
        string[] countries = [.. Enumerable.Range(0, 900).Select(n => $"x{n}"), "FR"];
        var query =
            Child with { Context = new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["user.country"] = countries } } };
        Assert.Equal([4], Shop.Holds("item.country = user.country", query));
        Assert.Equal([4], Shop.Holds("user.country = item.country", query));
        Assert.Equal(8, Shop.Holds($"user.country in [{many}]", query).Length);
        Assert.Equal(8, Shop.Holds("user.country = 'FR'", query).Length);
        Assert.Empty(Shop.Holds("user.country = 'DE'", query));
    }

    [Fact]
    public void Too_much_is_refused_and_does_not_overflow()
    {
        foreach (string expression in (string[])[new('(', 100_000), string.Concat(Enumerable.Repeat("not ", 1000)), new('-', 1000)])
            Assert.Throws<InputException>(() => Shop.Only(expression));
        Assert.StartsWith("Rule 'test', column 130: more than 64 levels", Assert.Throws<InputException>(
            () => Shop.Only(string.Concat(Enumerable.Repeat("(", 64)) + new string(' ', 64) + "(true")).Message, StringComparison.Ordinal);
        Assert.Equal("Rule 'test', column 1: the condition is longer than 20000 characters; make several rules of it.",
            Assert.Throws<InputException>(() => Shop.Only($"item.title = '{new string('x', 20_000)}'")).Message);
        Assert.InRange(Assert.Throws<InputException>(() => Shop.Only($"true '{new string('x', 19_000)}'")).Message.Length, 100, 200);
        Assert.Equal(8, Shop.Holds("true" + string.Concat(Enumerable.Repeat(" and true", 900)), Child).Length);
        Assert.Equal(8, Shop.Holds("0 < 1" + string.Concat(Enumerable.Repeat(" + 1", 900)), Child).Length);
    }

    [Fact]
    public void Labels_that_the_data_does_not_have_are_a_warning() => Assert.Equal(
        [
            "Rule 'test', column 17: item.genres has no label 'Comdy' in the data.",
            "Rule 'test', column 62: item.genres has no label 'x' in the data.",
            "Rule 'test', column 87: user.country has no label 'XX' in the data.",
        ],
        Shop.Only("item.genres has 'Comdy' and true or item.genres in ['Drama', 'x'] and user.country != 'XX'").Warnings);
}
