using System.Text.RegularExpressions;

namespace Kindred.Import;

/// <summary>
/// What columns are usually called. Names are compared in lower case, letters and digits only; the first name that is there wins.
/// </summary>
internal static partial class ColumnNames
{
    private static readonly string[] UserStems =
        ["user", "u", "visitor", "customer", "cust", "reviewer", "member", "account", "client", "person", "buyer", "shopper", "subscriber",
         "consumer", "purchaser", "patron", "viewer", "listener", "reader", "player", "rater", "student", "learner", "employee", "patient",
         "guest", "traveler", "passenger", "voter", "fan", "msno", "kunde", "kunden", "benutzer", "nutzer", "usuario", "cliente",
         "utilisateur", "utente", "gebruiker", "klant", "author", "profile", "household", "panelist", "cookie", "device", "browser",
         "session", "usernickname", "nickname", "login", "anonymous", "distinct", "fullvisitor", "contact", "candidate", "lead",
             "wallet", "borrower",
         "handle", "usr", "email", "hashedemail", "mail", "klient", "uzytkownik", "użytkownik", "kullanici", "kullanıcı", "musteri",
             "müşteri", "zakaznik", "usuário",
         "zákazník", "uzivatel", "uživatel", "bruker", "bruger", "kayttaja", "käyttäjä", "anvandare", "användare", "kund", "cpf",
         "пользователь", "клиент", "покупатель", "用户", "会员", "客户", "ユーザー", "顧客", "会員", "사용자", "회원"];

    private static readonly string[] ItemStems =
        ["item", "i", "movie", "product", "prod", "parentasin", "asin", "sku", "article", "isbn", "book", "artist", "track", "song",
            "video", "lineitemsku",
         "news", "content", "anime", "game", "recipe", "business", "stock", "film", "show", "series", "episode", "podcast", "album", "app",
         "restaurant", "place", "poi", "venue", "hotel", "listing", "property", "post", "thread", "tweet", "story", "subreddit", "channel",
         "doc", "document", "paper", "page", "url", "course", "job", "offer", "deal", "coupon", "ad", "ean", "upc", "gtin", "goods",
         "merchandise", "artikel", "produkt", "producto", "articulo", "produit", "prodotto", "pelicula", "libro", "livre", "buch",
         "location", "productsku", "isbn13", "isbn10", "repo", "repository", "bib", "beer", "wine", "joke", "problem", "photo", "image",
             "manga", "comic",
         "novel", "project", "tool", "plugin", "package", "skill", "question", "exercise", "lesson", "dish", "meal", "drink", "perfume",
             "clip",
         "playlist", "trip", "destination", "vehicle", "artwork", "magazine", "basket", "itemset", "itemlist", "history", "purchases",
             "tuote", "vare", "vara", "artículo",
         "urun", "ürün", "zbozi", "zboží", "товар", "продукт", "фильм", "книга", "商品", "物品", "产品", "电影", "映画", "상품", "title"];

    private static readonly string[] Suffixes =
        ["id", "", "key", "code", "no", "nr", "num", "number", "index", "idx", "uuid", "guid", "hash", "token", "pk", "name",
         "nummer", "numero", "numer", "uid", "pseudoid", "uniqueid", "address"];

    private static readonly string[] ItemSuffixes = [.. Suffixes, "title", "description", "desc", "s", "ids", "codes"];

    private static readonly string[] RatingNames =
        ["rating", "stars", "score", "overall", "bookrating", "starrating", "reviewscore", "userrating", "ratings", "ratingvalue",
            "ratingscore",
         "reviewrating", "itemrating", "movierating", "productrating", "grade", "bewertung", "valutazione"];

    private static readonly string[] WeightNames =
        ["value", "count", "weight", "quantity", "qty", "plays", "playcount", "listencount", "listens", "frequency", "strength",
            "confidence",
         "views", "viewcount", "visits", "hours", "hoursplayed", "playtime", "playtimeforever", "watchtime", "dwelltime", "units", "amount",
         "menge", "anzahl", "listeningcount", "watchseconds", "watchminutes", "totalminutes", "clicks",
         "streams", "scrobbles", "minuteswatched", "hourswatched", "timespent", "totalplays", "nplays", "cantidad", "quantite", "quantité"];

    /// <summary>Of columns of 0 and 1, or of true and false, which say whether something happened.</summary>
    private static readonly string[] LabelNames =
        ["click", "clicked", "isclick", "isclicked", "clicks", "like", "liked", "islike", "isliked", "purchase", "purchased",
            "ispurchased", "bought", "isbuy",
         "conversion", "converted", "label", "target", "positive", "ispositive", "response", "favorite", "favorited", "favourite",
         "watched", "completed",
         "interested", "interaction", "implicit", "thumbsup", "upvote", "upvoted", "recommended", "isrecommended", "voted", "booked",
             "recommend",
         "play", "played", "added", "addedtocart", "reorder", "reordered", "votedup", "thumbs", "feedback", "implicitfeedback",
             "haspurchased",
         "hasclicked", "ispurchase", "isconversion", "reward", "outcome", "relevant", "isrelevant", "engaged", "saved", "shared",
             "followed",
         "subscribed", "listened", "finished", "gekauft", "geklickt", "comprado", "achat", "y"];

    /// <summary>Of ratings in other languages, which in English are something else: only where they hold numbers.</summary>
    private static readonly string[] NoteNames =
        ["note", "nota", "notes", "vote", "votes", "punteggio", "puntuacion", "puntuación", "calificacion", "calificación", "avaliacao",
            "avaliação", "ocena",
            "waardering", "evaluation", "ocenka", "оценка", "рейтинг", "评分", "評価", "puan", "bodovani", "hodnoceni", "betyg"];

    private static readonly string[] TimeNames =
        ["timestamp", "ts", "time", "datetime", "date", "unixreviewtime", "createdat", "eventtime", "unixtime", "timestampms", "datehour",
         "eventtimestamp", "purchasedate", "transactiondate", "invoicedate", "reviewdate", "tdat", "unixtimestamp", "timestampseconds",
         "created",
         "createdon", "creationdate", "eventdate", "orderdate", "ordertime", "purchasetime", "purchasedat", "orderedat", "viewedat",
         "clickedat",
         "ratedat", "listenedat", "watchedat", "playedat", "reviewtime", "reviewedat", "occurredat", "loggedat", "visitdate", "visittime",
         "starttime", "tstamp", "dt", "when", "utc", "datum", "zeit", "zeitstempel", "fecha", "day",
            "zeitpunkt", "bestelldatum", "kaufdatum", "dataeora", "datahora", "datecommande", "datedecommande", "dateachat", "datedachat",
            "horodatage"];

    private static readonly string[] EventNames =
        ["event", "eventtype", "eventname", "action", "actiontype", "behavior", "behaviour", "behaviortype", "feedbacktype",
            "interactiontype", "type"];

    public static IReadOnlyList<string> Users { get; } = Combine(UserStems, Suffixes);

    public static IReadOnlyList<string> Items { get; } = Combine(ItemStems, ItemSuffixes);

    public static IReadOnlyList<string> Ratings => RatingNames;

    public static IReadOnlyList<string> Weights => WeightNames;

    public static IReadOnlyList<string> Labels => LabelNames;

    public static IReadOnlyList<string> Notes => NoteNames;

    public static IReadOnlyList<string> Times => TimeNames;

    public static IReadOnlyList<string> Events => EventNames;

    private static readonly HashSet<string> UsualUsers = [.. Users], UsualItems = [.. Items];

    private static readonly HashSet<string> OtherUsual = [.. RatingNames, .. WeightNames, .. TimeNames, .. EventNames];

    // Names that hardly occur as data: one of them makes a header.
    private static readonly HashSet<string> Telling =
        [.. UserStems.Where(s => s.Length > 1).Select(s => s + "id"), .. ItemStems.Where(s => s.Length > 1).Select(s => s + "id"),
         "user", "item", "uid", "iid", "timestamp", "datetime", "eventtype", "asin", "isbn", "parentasin", "rating", "customer", "visitor",
         "reviewer", "product", "movie", "playcount", "quantity", "stockcode", "sku"];

    public static bool IsTelling(string name) => Telling.Contains(Normalize(name));

    /// <summary>Users and items are both named, or one of them beside a value, a time or an event type.</summary>
    public static bool NamesRoles(IEnumerable<string> names)
    {
        var all = names.Select(Normalize).ToList();
        int user = all.FindIndex(UsualUsers.Contains), item = all.FindIndex(n => UsualItems.Contains(n) && !UsualUsers.Contains(n));
        return (user >= 0 && item >= 0) || ((user >= 0 || item >= 0) && all.Exists(OtherUsual.Contains));
    }

    /// <returns>
    /// The position of the column that has the first of the names; otherwise of one whose last part has it: <c>payload.user.id</c>,
    /// <c>external_user_id</c>.
    /// </returns>
    public static int? Find(IReadOnlyList<TableColumn> columns, IReadOnlyList<string> usual, Func<int, bool>? allowed = null)
    {
        foreach (var shorten in new Func<string, string>[] { name => name, name => Last(name, 2), name => Last(name, 1) })
        {
            var names = columns.Select((c, n) => (Name: Normalize(shorten(c.Name)), Position: n))
                .Where(c => allowed?.Invoke(c.Position) ?? true)
                .OrderBy(c => columns[c.Position].Name.Length) // user before us{}er, which one bad line made
                .ToList();
            foreach (string name in usual)
                if (names.FindIndex(c => c.Name == name) is var at and >= 0) return names[at].Position;
        }
        return null;
    }

    /// <returns>Whether a column has one of the names, as <see cref="Find"/> compares them.</returns>
    public static bool Has(TableColumn column, IReadOnlyList<string> usual) => Find([column], usual) is not null;

    /// <summary>Lower case, letters and digits only, without the type that some formats append (<c>user_id:token</c>).</summary>
    public static string Normalize(string name) => string.Concat(name.Split(':')[0].Where(char.IsLetterOrDigit)).ToLowerInvariant();

    /// <returns>The last parts of a name; of one part only where they are separated by points, as in JSON.</returns>
    private static string Last(string name, int parts)
    {
        var all = (parts == 1 ? Points() : Separators()).Split(name);
        return string.Concat(all.TakeLast(parts));
    }

    private static IReadOnlyList<string> Combine(string[] stems, string[] suffixes) =>
        [.. stems.SelectMany(stem => suffixes.Where(suffix => suffix == "id" || stem.Length > 1).Select(suffix => stem + suffix)),
            .. stems.Where(stem => stem.Length > 1).Select(stem => "id" + stem)];

    [GeneratedRegex(@"[._\s-]")]
    private static partial Regex Separators();

    [GeneratedRegex(@"\.")]
    private static partial Regex Points();
}
