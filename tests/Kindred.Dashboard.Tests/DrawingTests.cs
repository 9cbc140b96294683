namespace Kindred.DashboardTests;

/// <summary>What is drawn and written stays where it belongs, which only a browser knows.</summary>
public sealed class DrawingTests(ChromiumBrowser chromium, FilmShop films, OnlineShop online)
{
    /// <summary>Shapes and texts of charts that lie outside of them; a plot in a row is cut off by what is around it.</summary>
    private const string Outside = """
        () => [...document.querySelectorAll("main svg:not(.key)")].flatMap(svg => {
          const around = svg.closest(".plot");
          if (around) return getComputedStyle(around).overflow === "hidden" ? [] : [around.outerHTML];
          const frame = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("text, path, line, rect, circle")].filter(shape => {
            const box = shape.getBoundingClientRect();
            return box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2;
          }).map(shape => `${svg.getAttribute("aria-label")}: ${shape.outerHTML}`);
        })
        """;

    /// <summary>Words that name rows and are broken into several lines.</summary>
    private const string Broken = """
        () => [...document.querySelectorAll(".prose tbody th")].filter(cell => {
          const all = document.createRange();
          all.selectNodeContents(cell);
          return /^[a-z]{1,12}$/.test(cell.textContent) && all.getClientRects().length > 1;
        }).map(cell => cell.textContent)
        """;

    /// <summary>Charts that a phone shows in part.</summary>
    private const string Cut = """
        () => [...document.querySelectorAll("figure svg:not(.key)")].filter(svg => svg.getBoundingClientRect().right > innerWidth)
          .map(svg => svg.getAttribute("aria-label"))
        """;

    [Theory]
    [InlineData("/data", false), InlineData("/item?id=1", false), InlineData("/models", false), InlineData("/", true)]
    [InlineData($"/experiment?name={OnlineShop.Better}", true), InlineData($"/experiment?name={OnlineShop.Interleaved}", true)]
    [InlineData("/off-policy?snapshot=&event=click", true)]
    public async Task Charts_stay_within_their_frames(string path, bool isOnline)
    {
        await using var visit = await Visit.Begin(chromium, isOnline ? online.Server : films.Server);
        var page = await visit.Open(path);
        foreach (var details in await page.Locator("details").AllAsync()) await details.EvaluateAsync("d => d.open = true");
        Assert.Empty(await page.EvaluateAsync<string[]>(Outside));
    }

    [Theory]
    [InlineData("/data"), InlineData("/pipeline"), InlineData("/models"), InlineData("/item?id=260")]
    public async Task Tables_break_no_words_on_phones(string path)
    {
        await using var visit = await Visit.Begin(chromium, films.Server, width: 390);
        var page = await visit.Open(path);
        Assert.Empty(await page.EvaluateAsync<string[]>(Broken));
        Assert.Empty(await page.EvaluateAsync<string[]>(Cut));
        await visit.Check();
    }
}
