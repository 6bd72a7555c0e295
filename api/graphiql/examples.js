// What most clients want first, one tab each. They stay within what an anonymous reader may ask,
// but for those with headers, and every one of them must be valid against ../../schema.graphql.

const openNearby = `# Shops that are open now, nearest first.
# Run it with the button or Ctrl-Enter.
query OpenNearby {
  searchShops(
    filter: {
      near: {
        center: { lat: 60.1699, lng: 24.9384 }
        radiusMeters: 800
      }
      openNow: true
    }
    orderBy: DISTANCE
    first: 5
  ) {
    edges {
      distanceMeters
      node {
        name
        category { name }
        openingHours {
          isOpenNow
          nextChangeAt
        }
        rating { average count }
        reviews(first: 3) {
          edges {
            node {
              rating
              body
              author { nickname }
            }
          }
        }
      }
    }
  }
}`

const shopPage = `# The most reviewed shop around, as its page shows it.
# With an id in hand, ask for
# shop(id: "…") { ...ShopPage } instead.
query ShopPage($near: GeoCircle!) {
  searchShops(filter: { near: $near }, orderBy: REVIEW_COUNT, first: 1) {
    edges {
      node { ...ShopPage }
    }
  }
}

fragment ShopPage on Shop {
  id
  name
  category { name }
  address { formatted }
  location { lat lng }
  phone
  openingHours { expression isOpenNow nextChangeAt timezone }
  rating {
    average
    count
    histogram { stars count }
  }
  reviews(orderBy: HELPFUL, first: 5) {
    totalCount
    edges {
      node {
        rating
        title
        body
        likeCount
        commentCount
        createdAt
        author { handle nickname level }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`

const searchByText = `# Facets count the matches by what they can be
# narrowed down to. For the next page pass
# pageInfo.endCursor as "after".
query Search($text: String!, $after: Cursor) {
  searchShops(query: $text, first: 10, after: $after) {
    totalCount
    facets { kind key label count }
    edges {
      node {
        id
        name
        category { name }
        address { formatted }
        rating { average count }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`

const categories = `# Names in two languages at once, for a menu
# that can switch between them.
query Categories {
  categories {
    ...Names
    icon
    children { ...Names }
  }
}

fragment Names on Category {
  id
  english: name(locale: "en")
  chinese: name(locale: "zh")
}`

const trending = `# What people like around here right now.
query Trending($near: GeoCircle) {
  trendingReviews(near: $near, window: WEEK, first: 10) {
    edges {
      node {
        rating
        body
        likeCount
        createdAt
        author { handle nickname }
        shop { name category { name } }
      }
    }
  }
}`

const signUp = `# An account of your own; choose its names under "Variables" below.
# To be known in other tabs, copy the accessToken of the answer
# to "Headers" there: {"Authorization": "Bearer …"}
# It is good for 15 minutes, then refreshSession gives a new one.
mutation SignUp($account: SignUpInput!) {
  signUp(input: $account) {
    accessToken
    refreshToken
    viewer {
      user { id handle nickname }
    }
    userErrors { code field message }
  }
}`

const logIn = `# The next time, or on another device.
mutation LogIn($credentials: LogInInput!) {
  logIn(input: $credentials) {
    accessToken
    refreshToken
    viewer {
      user { id handle nickname }
    }
    userErrors { code field message }
  }
}`

const writeReview = `# A review by you: put your accessToken (tab SignUp or LogIn) under
# "Headers", and the id of a shop (tab Search) under "Variables".
# Sent again with the same idempotencyKey, it is still one review.
mutation WriteReview($review: CreateReviewInput!) {
  createReview(input: $review) {
    review {
      id
      rating
      body
      author { handle }
      shop {
        name
        rating { average count }
      }
    }
    userErrors { code field message }
  }
}`

const feed = `# The newest reviews of those whom you follow.
# Put your accessToken (tab SignUp or LogIn) under "Headers" below,
# or that of anybody, which "linli token HANDLE" prints.
query Feed {
  viewer {
    user { handle nickname followingCount }
    feed(first: 10) {
      edges {
        node {
          rating
          body
          likeCount
          viewerHasLiked
          createdAt
          author { handle nickname }
          shop { name }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`

const headers = pretty({ Authorization: 'Bearer ACCESS_TOKEN' })
const helsinki = { center: { lat: 60.1699, lng: 24.9384 }, radiusMeters: 5000 }

export const examples = [
  { query: openNearby },
  { query: shopPage, variables: pretty({ near: helsinki }) },
  { query: searchByText, variables: pretty({ text: 'coffee' }) },
  { query: categories },
  { query: trending, variables: pretty({ near: helsinki }) },
  {
    query: signUp,
    variables: pretty({ account: { email: 'ada@example.org', password: 'correct horse', handle: 'ada' } }),
  },
  {
    query: logIn,
    variables: pretty({ credentials: { email: 'ada@example.org', password: 'correct horse' } }),
  },
  {
    query: writeReview,
    variables: pretty({
      review: { shopId: 'SHOP_ID', rating: 5, body: 'Worth the walk', idempotencyKey: 'my-first-review' },
    }),
    headers,
  },
  { query: feed, headers },
]

function pretty(value) {
  return JSON.stringify(value, null, 2)
}
