using System.Text;
using CsCheck;
using Kindred.Data;

namespace Kindred.Tests.Data;

public sealed class StringTableTests
{
    [Fact]
    public void Strings_come_back_in_order_whatever_they_are() => Gen.String.Where(IsUnicode).Array[0, 50].Sample(
        strings =>
        {
            var table = StringTable.From(strings);
            Assert.Equal(strings.Length, table.Count);
            for (int n = 0; n < strings.Length; n++)
            {
                Assert.Equal(strings[n], table[n]);
                Assert.Equal(Encoding.UTF8.GetBytes(strings[n]), table.Utf8(n).ToArray());
            }
        },
        iter: 200);

    [Fact]
    public void Empty_strings_and_an_empty_table_are_fine()
    {
        var table = StringTable.From(["", "ä", "", "日本"]);
        Assert.Equal(["", "ä", "", "日本"], Enumerable.Range(0, 4).Select(n => table[n]));
        Assert.Equal(0, StringTable.From([]).Count);
    }

    [Fact]
    public void Same_strings_means_the_same_cuts_too()
    {
        Assert.True(StringTable.From(["ab", "c"]).HasSameStrings(StringTable.From(["ab", "c"])));
        Assert.False(StringTable.From(["ab", "c"]).HasSameStrings(StringTable.From(["a", "bc"])));
        Assert.False(StringTable.From(["ab", "c"]).HasSameStrings(StringTable.From(["c", "ab"])));
        Assert.False(StringTable.From(["ab"]).HasSameStrings(StringTable.From(["ab", ""])));
    }

    [Fact]
    public void A_position_outside_is_refused()
    {
        var table = StringTable.From(["a"]);
        Assert.ThrowsAny<Exception>(() => table[1]);
        Assert.ThrowsAny<Exception>(() => table[-1]);
    }

    /// <summary>Lone surrogates are not text: UTF-8 cannot hold them.</summary>
    private static bool IsUnicode(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
}
