using System.Text;
using CsCheck;
using Kindred.Import;

namespace Kindred.Native.Tests.Import;

public sealed class IdCodesTests
{
    /// <summary>Many share beginnings of more than eight bytes, and some are all of another.</summary>
    private static readonly Gen<string> Ids = Gen.Select(
        Gen.OneOf(Gen.Const(""), Gen.Const("user-"), Gen.Const("user-0000000"), Gen.Const("ä"), Gen.Const("\0")),
        Gen.Char["ab\0ü9"].Array[0, 12], (start, end) => start + new string(end));

    [Fact]
    public void Ids_come_by_length_then_by_byte_whatever_their_order()
    {
        Ids.List[0, 60].Sample(ids =>
        {
            var codes = new IdCodes("ids");
            int[] given = [.. ids.Select(id => codes.CodeOf(Encoding.UTF8.GetBytes(id)))];
            string[] distinct = [.. ids.Distinct()];
            Assert.Equal(ids.Select(id => Array.IndexOf(distinct, id)), given);

            var used = Enumerable.Range(0, distinct.Length).Select(n => n % 3 > 0).ToArray();
            var (sorted, places) = codes.InOrder(used);
            string[] expected = [.. distinct.Where((_, n) => used[n])
                .Select(id => (Id: id, Hex: Convert.ToHexString(Encoding.UTF8.GetBytes(id))))
                .OrderBy(id => id.Hex.Length).ThenBy(id => id.Hex, StringComparer.Ordinal).Select(id => id.Id)];
            Assert.Equal(expected, Enumerable.Range(0, sorted.Count).Select(n => sorted[n]));
            for (int n = 0; n < distinct.Length; n++)
                if (used[n]) Assert.Equal(distinct[n], sorted[places[n]]);
        });
    }

    [Fact]
    public void Thousands_of_ids_are_found_again()
    {
        var codes = new IdCodes("ids");
        byte[][] ids = [.. Enumerable.Range(0, 20_000).Select(n => Encoding.UTF8.GetBytes($"id {n * 7919}"))];
        for (int n = 0; n < ids.Length; n++) Assert.Equal(n, codes.CodeOf(ids[n]));
        for (int n = 0; n < ids.Length; n++) Assert.Equal(n, codes.Find(ids[n]));
        Assert.Equal(ids.Length, codes.Count);
        Assert.Equal(-1, codes.Find("id 1"u8));
    }
}
