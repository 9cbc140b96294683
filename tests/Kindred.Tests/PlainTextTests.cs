namespace Kindred.Tests;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("amélie 1/2 \\n 🎬", "amélie 1/2 \\n 🎬")]
    [InlineData("a\nb\r\tc", "a\\nb\\r\\tc")]
    [InlineData("\u001b[31m\0\u007f\u0085", "\\u001b[31m\\u0000\\u007f\\u0085")]
    [InlineData("\u2028\u202e\u2066x", "\\u2028\\u202e\\u2066x")]
    [InlineData("", "")]
    public void What_steers_a_terminal_or_begins_a_line_is_escaped(string text, string line)
    {
        Assert.Equal(line, PlainText.OneLine(text));
        Assert.Equal(line, new InputException(text).Message);
        Assert.Equal(line, new InputException(text, new IOException()).Message);
    }

    [Fact]
    public void A_long_text_is_cut_between_characters()
    {
        Assert.Equal(new string('x', 80), PlainText.Shorten(new('x', 80)));
        Assert.Equal($"{new string('x', 80)}…", PlainText.Shorten(new('x', 81)));
        Assert.Equal("a\\nb", PlainText.Shorten("a\nb"));
        Assert.Equal($"{new string('x', 79)}…", PlainText.Shorten($"{new string('x', 79)}🎬 and more"));
    }

    [Theory]
    [InlineData("data/films", "data/films"), InlineData("Käse", "Käse"), InlineData("Kunde 16", "'Kunde 16'")]
    [InlineData("it's", @"'it'\''s'"), InlineData("", "''"), InlineData("$HOME", "'$HOME'")]
    public void A_word_of_a_command_line_is_in_quotes_where_a_shell_would_take_it_apart(string text, string word) =>
        Assert.Equal(word, PlainText.Word(text));
}
